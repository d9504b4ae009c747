package hubclient

import (
	"time"

	"cert-health/internal/verdict"
)

// Instances is a list of instances.
type Instances struct {
	At         time.Time      `json:"at,omitzero"`
	Configured bool           `json:"configured"` // see Fleet
	Instances  []Instance     `json:"instances"`
	Total      int            `json:"total"`
	Counts     map[string]int `json:"counts"` // by standing
	Next       string         `json:"next,omitempty"`
}

// Instance is a VM that a Director lists or an agent reports for. List is set if it was asked for alone.
type Instance struct {
	Deployment string    `json:"deployment"`
	Group      string    `json:"group"`
	ID         string    `json:"id"`
	Name       string    `json:"name"`            // group/index, or group/id
	Index      *int      `json:"index,omitempty"` // if a Director lists it
	AZ         string    `json:"az,omitempty"`
	Address    string    `json:"address,omitempty"`
	Standing   string    `json:"standing"`             // reporting, silent, missing, stopped, ignored, deleted
	LastSeen   time.Time `json:"last_seen,omitzero"`   // its agent has spoken
	ScannedAt  time.Time `json:"scanned_at,omitzero"`  // by the clock of the VM
	ReportedAt time.Time `json:"reported_at,omitzero"` // the newest report was stored
	GoneSince  time.Time `json:"gone_since,omitzero"`  // the Director does not list it any more
	// The rest is by the newest report.
	State        string           `json:"state,omitempty"` // of the worst certificate
	Severity     verdict.Severity `json:"severity"`
	Certificates int              `json:"certificates"`
	Behind       int              `json:"behind"` // certificates that are not as they should be
	List         []InstanceRow    `json:"list,omitempty"`
}

// Key is deployment/group/id.
func (i *Instance) Key() string { return i.Deployment + "/" + i.Group + "/" + i.ID }

// Seen tells whether its agent reports now.
func (i *Instance) Seen() bool { return i.Standing == "reporting" }

// InstanceRow is one certificate of an instance: what the store, the file and the process have.
type InstanceRow struct {
	Row      string           `json:"row"` // the ID of the row of the fleet
	Name     string           `json:"name"`
	Role     string           `json:"role,omitempty"`
	State    string           `json:"state,omitempty"` // empty if the instance does not report now
	Severity verdict.Severity `json:"severity"`
	Message  string           `json:"message,omitempty"` // of the row, over all instances
	Steps    []verdict.Step   `json:"steps"`
	Expired  bool             `json:"expired,omitempty"`
	Store    *FleetVersion    `json:"store,omitempty"` // the current version
	File     *FleetVersion    `json:"file,omitempty"`
	Process  *FleetVersion    `json:"process,omitempty"` // that a process serves, if it is an older one
	Since    time.Time        `json:"since,omitzero"`
	Places   []string         `json:"places"`
	Serves   string           `json:"serves,omitempty"` // the process that serves an older version
}
