package fleet

import (
	"time"

	"cert-health/hub/internal/inventory"
	"cert-health/internal/verdict"
)

// Input is all that a View is made of. The View keeps the members and the stores, which must not change
// after that, and none of the maps and lists.
type Input struct {
	Members   map[inventory.InstanceKey]*Member // of the instances in Reporting
	Reporting map[inventory.InstanceKey]inventory.Reporting
	Pulses    map[inventory.InstanceKey]inventory.Pulse
	// Listed are the instances of a Director, if Known tells that one has answered.
	Listed []inventory.Listed
	Known  bool
	// Stores are what the hub's own sources say; nil for none.
	Stores *Stores
	// Interval is the time between two heartbeats; 0 is the default.
	Interval time.Duration
	// Thresholds judge what no agent has judged yet; the zero value is the default.
	Thresholds verdict.Thresholds
	Now        time.Time
}
