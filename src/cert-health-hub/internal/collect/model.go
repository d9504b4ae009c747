package collect

import (
	"maps"

	"cert-health/hub/internal/db"
	"cert-health/hub/internal/inventory"
)

// model is what the database holds, in memory.
type model struct {
	sequence     int64
	sources      map[string]inventory.Health
	items        map[string]map[string]inventory.Stored // by source and path
	certificates map[inventory.ID]inventory.Certificate
	acks         map[inventory.ID]inventory.Ack
	listed       *listed // nil: made of the items when somebody asks
}

func newModel() model {
	return model{sources: map[string]inventory.Health{}, items: map[string]map[string]inventory.Stored{},
		certificates: map[inventory.ID]inventory.Certificate{}, acks: map[inventory.ID]inventory.Ack{}}
}

// apply takes what has changed in the database.
func (m *model) apply(c db.Contents) {
	if c.Whole {
		*m = newModel()
	}
	m.sequence, m.listed = c.Sequence, nil
	for _, name := range c.Gone.Sources {
		delete(m.sources, name)
		delete(m.items, name)
	}
	for _, key := range c.Gone.Items {
		delete(m.items[key.Source], key.Path)
	}
	for _, id := range c.Gone.Acknowledgements {
		delete(m.acks, id)
	}
	for _, health := range c.Sources {
		m.sources[health.Name] = health
	}
	for _, item := range c.Items {
		if m.items[item.Source] == nil {
			m.items[item.Source] = map[string]inventory.Stored{}
		}
		m.items[item.Source][item.Path] = item
	}
	for _, certificate := range c.Certificates {
		m.certificates[certificate.ID] = certificate
	}
	for _, ack := range c.Acknowledgements {
		m.acks[ack.Certificate] = inventory.Ack(ack)
	}
}

// contents are what the catalog is made of. It shows no instances. Sources that the configuration does not have are left out:
// the leader removes them from the database. running says which collections are under way.
func (m *model) contents(configured map[string]*worker) inventory.Contents {
	c := inventory.Contents{Sequence: m.sequence}
	for name, w := range configured {
		health := w.health(m.sources[name])
		c.Sources = append(c.Sources, health)
		for _, item := range m.items[name] {
			if item.Instance != nil {
				continue
			}
			item.LastSeen = db.LastSeen(item, health)
			c.Items = append(c.Items, item)
		}
	}
	for certificate := range maps.Values(m.certificates) {
		c.Certificates = append(c.Certificates, certificate)
	}
	for ack := range maps.Values(m.acks) {
		c.Acks = append(c.Acks, ack)
	}
	return c
}
