package remote

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"cert-health/hub/internal/inventory"
	"cert-health/internal/extract/dercert"
)

// The limits of what is kept of the servers themselves.
const (
	maxEndpoints = 8
	maxChain     = 10
)

// Endpoints are the certificates with which the servers have shown themselves since Begin.
func (r *Remote) Endpoints() (items []inventory.Item, certificates []inventory.Certificate) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	for _, address := range slices.Sorted(maps.Keys(r.endpoints)) {
		item := inventory.Item{Path: "endpoint " + Printable(withPort(strings.ToLower(address))), Kind: "endpoint"}
		chain := r.endpoints[address]
		for i, shown := range chain[:min(len(chain), maxChain)] {
			noun, err := dercert.Parse(shown.Raw)
			if err != nil {
				continue // crypto/tls has parsed and verified it
			}
			c := inventory.New(noun)
			certificates = append(certificates, c)
			item.Sightings = append(item.Sightings, inventory.Sighting{Certificate: c.ID, Place: place(i), State: inventory.Current})
		}
		items = append(items, item)
	}
	return items, certificates
}

// Finish adds to a collection the servers themselves, the credentials of the source and the number of
// requests. If parts could not be seen and nothing else was, the source as a whole has failed.
func (r *Remote) Finish(c *inventory.Collection) (*inventory.Collection, error) {
	if len(c.Items) == 0 && len(c.Unseen) > 0 {
		return nil, errors.New(c.Unseen[0].Reason)
	}
	items, certificates := r.Endpoints()
	c.Items = append(c.Items, items...)
	c.Certificates = append(c.Certificates, certificates...)
	c.Credentials = r.Credentials()
	c.Requests = r.Requests()
	return c, nil
}

// place is empty for the server's own certificate.
func place(position int) string {
	if position == 0 {
		return ""
	}
	return "chain " + strconv.Itoa(position)
}

func withPort(address string) string {
	if i := strings.LastIndexByte(address, ':'); i >= 0 && !strings.HasSuffix(address, "]") {
		return address
	}
	return address + ":443"
}
