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

// ownCertificate is the certificate with which the hub answers, as a source.
type ownCertificate struct {
	keys    *Keys
	address string
}

// Collect implements inventory.Source.
func (o *ownCertificate) Collect(context.Context, inventory.Known) (*inventory.Collection, error) {
	item := inventory.Item{Path: "endpoint " + o.address, Kind: "endpoint"}
	collection := &inventory.Collection{}
	for i, shown := range o.keys.Chain() {
		noun, err := dercert.Parse(shown.Raw)
		if err != nil {
			continue // Go has parsed it to use it
		}
		certificate := inventory.New(noun)
		item.Sightings = append(item.Sightings, inventory.Sighting{Certificate: certificate.ID, Place: place(i), State: inventory.Current})
		collection.Certificates = append(collection.Certificates, certificate)
	}
	collection.Items = []inventory.Item{item}
	return collection, nil
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

// page is the URL of a page; empty without external_url.
func (s *Server) page(path string) string {
	if s.settings.ExternalURL == "" {
		return ""
	}
	return strings.TrimRight(s.settings.ExternalURL, "/") + path
}
