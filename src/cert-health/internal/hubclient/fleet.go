package hubclient

import (
	"time"

	"cert-health/internal/verdict"
)

// Fleet is how far the current certificates have come on the VMs of all deployments.
type Fleet struct {
	At time.Time `json:"at,omitzero"` // when it was judged
	// Configured tells that an agent reports to the hub, or that a Director lists the instances.
	Configured  bool             `json:"configured"`
	Message     string           `json:"message"` // the worst of what is selected, in one sentence
	Why         string           `json:"why,omitempty"`
	Severity    verdict.Severity `json:"severity"`
	Steps       []verdict.Step   `json:"steps"`
	Instances   int              `json:"instances"` // without deleted ones
	Standings   map[string]int   `json:"standings"` // the number of instances with each standing
	Deployments []Deployment     `json:"deployments"`
	Rows        []FleetRow       `json:"rows"` // the worst first
	Total       int              `json:"total"`
	Counts      map[string]int   `json:"counts"` // of the rows, by state
	Next        string           `json:"next,omitempty"`
}

// Deployment is a deployment of the fleet.
type Deployment struct {
	Name      string            `json:"name"`
	Severity  verdict.Severity  `json:"severity"`
	Message   string            `json:"message,omitempty"` // the worst of it
	Instances int               `json:"instances"`
	Standings map[string]int    `json:"standings"`
	Rows      int               `json:"rows"`
	Groups    []DeploymentGroup `json:"groups"`
	Rollout   *Rollout          `json:"rollout,omitempty"`
}

// DeploymentGroup is an instance group.
type DeploymentGroup struct {
	Group     string         `json:"group"`
	AZs       []string       `json:"azs"`
	Instances int            `json:"instances"`
	Standings map[string]int `json:"standings"`
}

// Rollout is a deploy that has reached some of the instances.
type Rollout struct {
	Message  string         `json:"message"`
	Rows     []string       `json:"rows"` // IDs of what it brings
	Done     int            `json:"done"`
	Waiting  int            `json:"waiting"`
	NotSeen  int            `json:"not_seen"`
	Progress time.Time      `json:"progress,omitzero"` // when the last instance got it
	Stalled  bool           `json:"stalled"`           // no instance got it for a while
	At       string         `json:"at,omitempty"`      // the first instance that waits
	Groups   []RolloutGroup `json:"groups"`
}

// RolloutGroup is how far a deploy has come in an instance group.
type RolloutGroup struct {
	Group   string `json:"group"`
	Done    int    `json:"done"`
	Waiting int    `json:"waiting"`
	NotSeen int    `json:"not_seen"`
	First   string `json:"first,omitempty"` // the first instance that waits
}

// Worst is the gravest severity of the fleet and its rows.
func (f *Fleet) Worst() verdict.Severity {
	worst := f.Severity
	for i := range f.Rows {
		worst = max(worst, f.Rows[i].Severity)
	}
	return worst
}
