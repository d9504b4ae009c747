package watch

import (
	"maps"

	"cert-health/hub/internal/db"
	"cert-health/hub/internal/fleet"
	"cert-health/hub/internal/inventory"
)

// model is what the database holds of the fleet, in memory.
type model struct {
	loaded    bool
	sequence  int64
	members   map[inventory.InstanceKey]*fleet.Member
	reporting map[inventory.InstanceKey]inventory.Reporting
	pulses    map[inventory.InstanceKey]inventory.Pulse
}

func newModel() model {
	return model{members: map[inventory.InstanceKey]*fleet.Member{}, reporting: map[inventory.InstanceKey]inventory.Reporting{},
		pulses: map[inventory.InstanceKey]inventory.Pulse{}}
}

// news is what has changed in the database.
type news struct {
	db.Fleet
	members   map[inventory.InstanceKey]*fleet.Member // nil: its report cannot be read
	reporting map[inventory.InstanceKey]inventory.Reporting
}

// changed tells whether more than signs of life has changed.
func (n *news) changed() bool { return n.Whole || len(n.reporting) > 0 || len(n.Gone) > 0 }

// apply takes what has changed. A database that was put back may have older reports: what was seen before
// is still worth knowing.
func (m *model) apply(n *news) {
	if n.Whole {
		clear(m.pulses)
		for key := range m.reporting {
			if _, still := n.reporting[key]; !still {
				m.remove(key)
			}
		}
	}
	m.loaded, m.sequence = true, n.Sequence
	for _, key := range n.Gone {
		m.remove(key)
	}
	maps.Copy(m.reporting, n.reporting)
	for key, member := range n.members {
		if member == nil {
			delete(m.members, key)
			continue
		}
		m.members[key] = member.After(m.members[key])
	}
	for _, pulse := range n.Pulses {
		m.pulses[pulse.Key] = pulse
	}
}

func (m *model) remove(key inventory.InstanceKey) {
	delete(m.members, key)
	delete(m.reporting, key)
	delete(m.pulses, key)
}
