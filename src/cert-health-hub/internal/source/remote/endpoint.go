package remote

import (
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
