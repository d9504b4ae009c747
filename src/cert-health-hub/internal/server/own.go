package server

import (
	"context"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"cert-health/hub/internal/inventory"
	"cert-health/internal/extract/dercert"
)

// ownInterval is how often the hub looks at its own certificate. That reads a file.
const ownInterval = 5 * time.Minute

// ownCertificates are the certificates with which the hub answers, as a source.
type ownCertificates []endpoint

// endpoint is where the hub answers with a certificate.
type endpoint struct {
	keys    *Keys
	address string
}

// own are the endpoints of the hub with a certificate. That for agents counts if it is another one.
func (s *Server) own() (all ownCertificates) {
	if s.keys != nil {
		all = append(all, endpoint{s.keys, s.address()})
	}
	if s.agents != nil && s.agents.guard.keys != s.keys {
		all = append(all, endpoint{s.agents.guard.keys, s.agentsAddress()})
	}
	return all
}

// Collect implements inventory.Source.
func (o ownCertificates) Collect(context.Context, inventory.Known) (*inventory.Collection, error) {
	collection := &inventory.Collection{}
	for _, e := range o {
		e.collect(collection)
	}
	return collection, nil
}

func (e endpoint) collect(collection *inventory.Collection) {
	item := inventory.Item{Path: "endpoint " + e.address, Kind: "endpoint"}
	for i, shown := range e.keys.Chain() {
		noun, err := dercert.Parse(shown.Raw)
		if err != nil {
			continue // Go has parsed it to use it
		}
		certificate := inventory.New(noun)
		item.Sightings = append(item.Sightings, inventory.Sighting{Certificate: certificate.ID, Place: place(i), State: inventory.Current})
		collection.Certificates = append(collection.Certificates, certificate)
	}
	collection.Items = append(collection.Items, item)
}

// place is empty for the hub's own certificate.
func place(position int) string {
	if position == 0 {
		return ""
	}
	return "chain " + strconv.Itoa(position)
}

// address is where clients reach the hub.
func (s *Server) address() string {
	if external, err := url.Parse(s.settings.ExternalURL); err == nil && external.Host != "" {
		if external.Port() == "" {
			return external.Host + ":443"
		}
		return external.Host
	}
	if host, port, err := net.SplitHostPort(s.settings.Listen.Address); err == nil && host == "" {
		return "localhost:" + port
	}
	return s.settings.Listen.Address
}

// agentsAddress is where agents reach the hub: at the host of people, with their own port.
func (s *Server) agentsAddress() string {
	host, port, _ := net.SplitHostPort(s.settings.Agents.Address)
	if host == "" {
		host, _, _ = net.SplitHostPort(s.address())
	}
	return net.JoinHostPort(host, port)
}

// page is the URL of a page; empty without external_url.
func (s *Server) page(path string) string {
	if s.settings.ExternalURL == "" {
		return ""
	}
	return strings.TrimRight(s.settings.ExternalURL, "/") + path
}
