package inventory

import (
	"strings"
	"time"

	"cert-health/internal/uplink"
)

// InstanceKey names a VM: "deployment/group/id".
type InstanceKey string

// KeyOf is the key of an instance.
func KeyOf(deployment, group, id string) InstanceKey {
	return InstanceKey(deployment + "/" + group + "/" + id)
}

// Parts are the deployment, the group and the id. Only the deployment could contain a slash, and BOSH
// permits none in it.
func (k InstanceKey) Parts() (deployment, group, id string) {
	deployment, rest, _ := strings.Cut(string(k), "/")
	group, id, _ = strings.Cut(rest, "/")
	return deployment, group, id
}

// Listed is an instance as a Director lists it.
type Listed struct {
	Deployment string   `json:"deployment"`
	Group      string   `json:"group"`
	ID         string   `json:"id"`
	Index      int      `json:"index"`
	AZ         string   `json:"az,omitempty"`
	AgentID    string   `json:"agent_id,omitempty"`
	Addresses  []string `json:"addresses,omitempty"`
	// VM tells that it has a VM now. A stopped instance without one is detached (bosh stop --hard).
	VM bool `json:"vm,omitempty"`
	// Expected tells that the Director wants it to have a VM.
	Expected bool `json:"expected,omitempty"`
	// State is "started", "stopped" or "detached"; empty if the Director does not tell it. Ignored is set
	// by bosh ignore. Both are known from the Director's full list, which is asked for less often.
	State   string `json:"state,omitempty"`
	Ignored bool   `json:"ignored,omitempty"`
	// Since is when the hub first saw it listed. It is kept beside the item.
	Since time.Time `json:"-"`
}

// Key is the key of the instance.
func (l Listed) Key() InstanceKey { return KeyOf(l.Deployment, l.Group, l.ID) }

// Reporting is what the hub keeps of an instance whose agent has sent a report. The report itself is
// kept beside it.
type Reporting struct {
	Key      InstanceKey     `json:"key"`
	AZ       string          `json:"az,omitempty"`      // as the agent says
	Address  string          `json:"address,omitempty"` // as the agent says
	Digest   string          `json:"digest"`            // of the newest report; see uplink.Digest
	Sequence uplink.Sequence `json:"sequence"`          // of the newest report
	// Client is who sent the newest report: the subject of the client certificate and its issuer's key,
	// which stay when the certificate is renewed. Peer is the address that it came from.
	Client string `json:"client"`
	Peer   string `json:"peer"`
	// First is when the first report was stored, Received when the newest was.
	First    time.Time `json:"first"`
	Received time.Time `json:"received"`
	// Gone is since when the Director no longer lists the instance; zero if it does, or without one.
	Gone time.Time `json:"gone,omitzero"`
}

// Pulse is the last sign of life of an instance: a heartbeat or a report.
type Pulse struct {
	Key     InstanceKey
	At      time.Time // by the hub's clock
	Scanned time.Time // when the agent completed its last scan, by its own clock
}

// SetBack is how far a time of the hub may be in the future, because hubs have clocks of their own. A later
// time is from before the clock was set back.
const SetBack = 10 * time.Minute

// Quiet tells whether the last sign of life is so long ago. One from a future that the clock had before it
// was set back proves nothing: an agent that lives speaks again soon.
func Quiet(last, now time.Time, limit time.Duration) bool {
	past := now.Sub(last)
	return past >= limit || past < -SetBack
}

// Standing is whether an instance is seen.
type Standing string

// The standings. Only instances that report are seen; the others are never counted as well.
const (
	Reports Standing = "reporting" // its agent has spoken within three intervals
	Silent  Standing = "silent"    // its agent has spoken, but not within three intervals
	Missing Standing = "missing"   // the Director lists it, and its agent has never spoken
	Stopped Standing = "stopped"   // bosh stop: it has no running jobs, or no VM
	Ignored Standing = "ignored"   // bosh ignore: deploys do not touch it
	Deleted Standing = "deleted"   // the Director no longer lists it
)
