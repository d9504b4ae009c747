package vault

import (
	"strconv"

	"cert-health/hub/internal/inventory"
)

// endpoint adds the certificate that Vault's server shows, with its chain.
func (p *pass) endpoint() {
	chain := p.client.Served()
	if len(chain) == 0 || p.away != "" {
		return
	}
	item := inventory.Item{Path: "endpoint " + p.address, Kind: "endpoint"}
	for i, c := range chain {
		s := inventory.Sighting{Certificate: inventory.IDOf(c.Fingerprint), State: inventory.Current}
		if i > 0 {
			s.Place = "chain " + strconv.Itoa(i)
		}
		item.Sightings = append(item.Sightings, s)
	}
	seen := p.seen // it does not say that anything in Vault was seen
	p.add(item, chain...)
	p.seen = seen
}
