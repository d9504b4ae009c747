package hubclient

import (
	"time"

	"cert-health/internal/verdict"
)

// FleetRow is one certificate of one deployment, with all its versions.
type FleetRow struct {
	ID         string           `json:"id"`
	Deployment string           `json:"deployment"`
	Name       string           `json:"name"`
	Role       string           `json:"role,omitempty"`
	Store      string           `json:"store,omitempty"` // the path of the secret
	Key        string           `json:"key,omitempty"`
	StoreTitle string           `json:"store_title,omitempty"` // "Vault"
	State      string           `json:"state"`
	Severity   verdict.Severity `json:"severity"`
	Message    string           `json:"message"`
	Why        string           `json:"why,omitempty"`
	Steps      []verdict.Step   `json:"steps"`
	// Own tells that each instance has a certificate of its own: there is no current version.
	Own          bool           `json:"own,omitempty"`
	Current      *FleetVersion  `json:"current,omitempty"`
	Versions     []FleetVersion `json:"versions"` // the newest first; a list has the first few
	MoreVersions int            `json:"more_versions,omitempty"`
	Instances    int            `json:"instances"` // each is on the current version, behind or not seen
	OnCurrent    int            `json:"on_current"`
	Behind       int            `json:"behind"`
	NotSeen      int            `json:"not_seen"`
	Percent      int            `json:"percent"`
	Expired      int            `json:"expired,omitempty"`
	States       map[string]int `json:"states,omitempty"` // the number of instances with each state
	Since        time.Time      `json:"since,omitzero"`
	Groups       []FleetGroup   `json:"groups,omitempty"` // of a row that was asked for alone
	// Laggards are instances that are not as they should be: the first, or the first of each group.
	Laggards []Laggard `json:"laggards"`
	More     int       `json:"more_laggards,omitempty"`
}

// Worst is how grave a row is. An instance that is not seen is never counted as well.
func (r *FleetRow) Worst() verdict.Severity {
	if r.NotSeen > 0 {
		return max(r.Severity, verdict.Warning)
	}
	return r.Severity
}

// FleetVersion is one version of a certificate.
type FleetVersion struct {
	Certificate string    `json:"certificate,omitempty"` // its ID; empty if only its existence is known
	Number      int       `json:"number,omitempty"`      // of the secret
	NotBefore   time.Time `json:"not_before,omitzero"`
	NotAfter    time.Time `json:"not_after,omitzero"`
	InStore     bool      `json:"in_store"` // the store holds it now
	Current     bool      `json:"current"`  // it is what all instances should have
	Files       int       `json:"files"`    // instances with it in a file
	Processes   int       `json:"processes"`
}

// FleetGroup is the part of a row in one instance group.
type FleetGroup struct {
	Group          string    `json:"group"`
	AZs            []string  `json:"azs"`
	State          string    `json:"state"`
	Instances      int       `json:"instances"`
	OnCurrent      int       `json:"on_current"`
	Behind         int       `json:"behind"`
	NotSeen        int       `json:"not_seen"`
	Serving        int       `json:"serving"`         // instances with a process that shows a version
	ServingCurrent int       `json:"serving_current"` // of them, those that show the current one alone
	Since          time.Time `json:"since,omitzero"`
}

// Laggard is an instance that is not as it should be.
type Laggard struct {
	Instance string        `json:"instance"` // deployment/group/id
	Name     string        `json:"name"`     // group/index, or group/id
	AZ       string        `json:"az,omitempty"`
	State    string        `json:"state"`
	File     *FleetVersion `json:"file,omitempty"`
	Process  *FleetVersion `json:"process,omitempty"`
	Since    time.Time     `json:"since,omitzero"`
}
