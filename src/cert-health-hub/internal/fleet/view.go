package fleet

import (
	"time"

	"cert-health/hub/internal/inventory"
	"cert-health/internal/verdict"
)

// View is the fleet at one moment. It never changes.
type View struct {
	now         time.Time
	known       bool
	thresholds  verdict.Thresholds
	deployments []*Deployment
	instances   []*Instance // by key
	byKey       map[inventory.InstanceKey]*Instance
	rows        map[string]*Row
	sorted      []*Row
	byPrint     map[string][]*Row
	summary     Summary
}

// Summary is the whole fleet in a few words.
type Summary struct {
	Sentence string // the worst trouble
	Why      string
	Next     []verdict.Step // what to do about it, once
	Severity verdict.Severity
	// Standings counts all instances by standing.
	Standings map[inventory.Standing]int
	Instances int // without deleted ones
	// Certificates is the number of rows, and States how many have each state.
	Certificates int
	States       map[State]int
	Troubles     []*Trouble // all, the worst first
	// Known tells that a Director has said which instances there should be.
	Known bool
}

// Trouble is one thing that is wrong with some certificates of a deployment, or with some instances.
type Trouble struct {
	Deployment string
	State      State // empty if it is about instances that are not seen
	// Standing is that of the instances, if it is about instances that are not seen.
	Standing  inventory.Standing
	Severity  verdict.Severity
	Expired   bool
	Sentence  string
	Why       string
	Next      []verdict.Step
	Rows      []*Row
	Instances int // how many have it
	Of        int // how many could
}

// Deployment is one deployment. It must not be changed.
type Deployment struct {
	Name      string
	Standings map[inventory.Standing]int
	Instances int // without deleted ones
	Groups    []*Group
	Rows      []*Row   // the worst first
	Rollout   *Rollout // nil if no deploy is under way
	Worst     *Trouble // nil if nothing is wrong
	Severity  verdict.Severity

	list     []*Instance
	subjects map[pair]*subject
}

// Group is an instance group.
type Group struct {
	Name      string
	AZs       []string
	Instances int // without deleted ones
	Standings map[inventory.Standing]int
}

// Rollout is a deploy that has reached some of the instances.
type Rollout struct {
	Rows     []*Row // what it brings
	Groups   []RolloutGroup
	Done     int // instances that have all of it
	Waiting  int // instances that lack some of it
	NotSeen  int
	Progress time.Time // when the last instance got it, as far as known
	// Stalled tells that no instance got it for a while. At is the first instance that waits; empty if
	// only instances wait that are not seen.
	Stalled  bool
	At       string
	AtKey    inventory.InstanceKey
	Sentence string
}

// RolloutGroup is the part of a rollout in one instance group.
type RolloutGroup struct {
	Group                  string
	Done, Waiting, NotSeen int
	First                  string // the first instance that waits; empty for none
}

// Now is the moment of the view.
func (v *View) Now() time.Time { return v.now }

// Known tells that a Director has said which instances there should be.
func (v *View) Known() bool { return v.known }

// Summary is the whole fleet in a few words.
func (v *View) Summary() Summary { return v.summary }

// Deployments are all deployments, by name.
func (v *View) Deployments() []*Deployment { return v.deployments }

// Deployment returns one of them.
func (v *View) Deployment(name string) (*Deployment, bool) {
	for _, d := range v.deployments {
		if d.Name == name {
			return d, true
		}
	}
	return nil, false
}

// Row returns the row with an ID.
func (v *View) Row(id string) (*Row, bool) {
	row, known := v.rows[id]
	return row, known
}

// Rows are the rows of all deployments, the worst first, and then by deployment.
func (v *View) Rows() []*Row {
	return v.sorted
}

// RowsOf are the rows of which a certificate is a version.
func (v *View) RowsOf(id inventory.ID) []*Row { return v.byPrint[string(id)] }

// Instance returns an instance.
func (v *View) Instance(key inventory.InstanceKey) (*Instance, bool) {
	instance, known := v.byKey[key]
	return instance, known
}
