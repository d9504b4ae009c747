package fleet

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"cert-health/hub/internal/inventory"
	"cert-health/internal/uplink"
	"cert-health/internal/verdict"
)

// Instance is a VM. It must not be changed.
type Instance struct {
	Key        inventory.InstanceKey
	Deployment string
	Group      string
	ID         string
	Index      int  // as the Director says
	Indexed    bool // the Director says it
	AZ         string
	Address    string
	Standing   inventory.Standing
	LastSeen   time.Time // the last heartbeat or report; zero if there was none
	Scanned    time.Time // when the agent completed its last scan, by its own clock
	Listed     time.Time // since when the Director lists it, as far as the hub knows; zero without a Director
	First      time.Time // when the first report was stored; zero without a report
	Received   time.Time // when the newest report was stored
	Gone       time.Time // since when the Director does not list it; zero if it does

	// Certificates is the number of rows on it by the newest report, also if it is not seen any more. Behind
	// is how many of them are not as they should be; 0 unless it is seen.
	Certificates, Behind int
	State                State // of the worst row; empty unless it is seen
	Severity             verdict.Severity

	member   *Member
	position int32
}

// Name is the instance as people call it: diego-cell/0, or with its id if its index is not known.
func (i *Instance) Name() string {
	if i.Indexed {
		return i.Group + "/" + strconv.Itoa(i.Index)
	}
	return i.Slug()
}

// Slug is the instance as every command of the BOSH CLI takes it: group/id.
func (i *Instance) Slug() string { return i.Group + "/" + i.ID }

// Seen tells whether the instance reports now. Nothing else counts as seen.
func (i *Instance) Seen() bool { return i.Standing == inventory.Reports }

// Reported tells whether a report of the instance is kept.
func (i *Instance) Reported() bool { return i.member != nil }

// instancesOf are all instances of an input, by key.
func instancesOf(in Input) []*Instance {
	list := make([]*Instance, 0, max(len(in.Listed), len(in.Reporting)))
	listed := make(map[inventory.InstanceKey]bool, len(in.Listed))
	for _, l := range in.Listed {
		if key := l.Key(); !listed[key] {
			listed[key] = true
			list = append(list, in.instance(key, &l))
		}
	}
	for key := range in.Reporting {
		if !listed[key] {
			list = append(list, in.instance(key, nil))
		}
	}
	slices.SortFunc(list, func(a, b *Instance) int {
		return cmp.Or(cmp.Compare(a.Deployment, b.Deployment), cmp.Compare(a.Group, b.Group), cmp.Compare(a.Index, b.Index), cmp.Compare(a.ID, b.ID))
	})
	return list
}

func (in *Input) instance(key inventory.InstanceKey, listed *inventory.Listed) *Instance {
	i := &Instance{Key: key}
	i.Deployment, i.Group, i.ID = key.Parts()
	if head, known := in.Reporting[key]; known {
		i.AZ, i.Address, i.First, i.Received, i.Gone = head.AZ, head.Address, head.First, head.Received, head.Gone
		i.member = in.Members[key]
		i.LastSeen = head.Received
	}
	if pulse, known := in.Pulses[key]; known {
		i.Scanned, i.LastSeen = pulse.Scanned, pulse.At // each report is one, too
	}
	if listed != nil {
		i.Index, i.Indexed, i.AZ, i.Listed = listed.Index, true, cmp.Or(listed.AZ, i.AZ), listed.Since
		i.Gone = time.Time{}
		if len(listed.Addresses) > 0 {
			i.Address = listed.Addresses[0]
		}
	}
	i.Standing = standing(i, listed, in)
	return i
}

// standing is whether an instance is seen. What the Director says about it comes first: an instance
// that is stopped or ignored does not get what a deploy brings, also if its agent speaks.
func standing(i *Instance, listed *inventory.Listed, in *Input) inventory.Standing {
	switch {
	case listed == nil && in.Known:
		return inventory.Deleted
	case listed != nil && listed.Ignored:
		return inventory.Ignored
	case listed != nil && (listed.State == "stopped" || listed.State == "detached" || !listed.Expected && !listed.VM && listed.State != ""):
		return inventory.Stopped
	case i.LastSeen.IsZero():
		return inventory.Missing
	case inventory.Quiet(i.LastSeen, in.Now, SilentAfter(in.Interval)):
		return inventory.Silent
	}
	return inventory.Reports
}

// SilentAfter is how long an instance may say nothing before it counts as silent.
func SilentAfter(interval time.Duration) time.Duration {
	return uplink.SilentAfter * cmp.Or(interval, uplink.DefaultInterval)
}
