package api

import (
	"slices"
	"time"

	"cert-health/hub/internal/fleet"
	"cert-health/hub/internal/inventory"
)

// FleetDeployment is a deployment of the fleet.
type FleetDeployment struct {
	Name      string         `json:"name"`
	Severity  string         `json:"severity" enum:"ok,info,warning,error,critical"`
	Message   string         `json:"message,omitempty" doc:"the worst of it"`
	Instances int            `json:"instances" doc:"without deleted ones"`
	Standings map[string]int `json:"standings"`
	Rows      int            `json:"rows" doc:"selected rows"`
	Groups    []FleetGroup   `json:"groups" nullable:"false"`
	Rollout   *Rollout       `json:"rollout,omitempty"`
}

// FleetGroup is an instance group.
type FleetGroup struct {
	Group     string         `json:"group"`
	AZs       []string       `json:"azs" nullable:"false"`
	Instances int            `json:"instances" doc:"without deleted ones"`
	Standings map[string]int `json:"standings"`
}

// Rollout is a deploy that has reached some of the instances.
type Rollout struct {
	Message  string         `json:"message"`
	Rows     []string       `json:"rows" nullable:"false" doc:"IDs of what it brings; the first 100"`
	Done     int            `json:"done"`
	Waiting  int            `json:"waiting"`
	NotSeen  int            `json:"not_seen"`
	Progress *time.Time     `json:"progress,omitempty" doc:"when the last instance got it"`
	Stalled  bool           `json:"stalled" doc:"no instance got it for a while"`
	At       string         `json:"at,omitempty" doc:"the first instance that waits"`
	Groups   []RolloutGroup `json:"groups" nullable:"false"`
}

// RolloutGroup is how far a deploy has come in an instance group.
type RolloutGroup struct {
	Group   string `json:"group"`
	Done    int    `json:"done"`
	Waiting int    `json:"waiting"`
	NotSeen int    `json:"not_seen"`
	First   string `json:"first,omitempty" doc:"the first instance that waits"`
}

// deploymentOf is a deployment, or some groups of it.
func deploymentOf(d *fleet.Deployment, groups []string, rows int) FleetDeployment {
	answer := FleetDeployment{Name: d.Name, Severity: d.Severity.String(), Standings: map[string]int{}, Rows: rows, Groups: []FleetGroup{}}
	if d.Worst != nil {
		answer.Message = d.Worst.Sentence
	}
	for _, g := range d.Groups {
		if !within(groups, g.Name) {
			continue
		}
		answer.Groups = append(answer.Groups, FleetGroup{g.Name, slices.Concat([]string{}, g.AZs), g.Instances, counted(g.Standings)})
		answer.Instances += g.Instances
		for standing, n := range g.Standings {
			answer.Standings[string(standing)] += n
		}
	}
	answer.Rollout = rolloutOf(d.Rollout)
	return answer
}

func counted[K ~string](counts map[K]int) map[string]int {
	all := make(map[string]int, len(counts))
	for key, n := range counts {
		all[snake(key)] = n
	}
	return all
}

func rolloutOf(r *fleet.Rollout) *Rollout {
	if r == nil {
		return nil
	}
	answer := &Rollout{Message: r.Sentence, Rows: []string{}, Done: r.Done, Waiting: r.Waiting, NotSeen: r.NotSeen, Progress: moment(r.Progress),
		Stalled: r.Stalled, At: r.At, Groups: []RolloutGroup{}}
	for _, row := range r.Rows[:min(len(r.Rows), maxListed)] {
		answer.Rows = append(answer.Rows, row.ID)
	}
	for _, g := range r.Groups {
		answer.Groups = append(answer.Groups, RolloutGroup(g))
	}
	return answer
}

// Laggard is an instance that is not as it should be.
type Laggard struct {
	Instance string        `json:"instance" doc:"deployment/group/id"`
	Name     string        `json:"name" doc:"group/index, or group/id if the index is not known"`
	AZ       string        `json:"az,omitempty"`
	State    string        `json:"state" enum:"current,awaiting_deploy,awaiting_restart,awaiting_renewal,changed_by_hand,rolled_back,unknown"`
	File     *FleetVersion `json:"file,omitempty"`
	Process  *FleetVersion `json:"process,omitempty" doc:"of an older process"`
	Since    *time.Time    `json:"since,omitempty"`
}

func laggardOf(l fleet.Laggard) Laggard {
	return Laggard{string(l.Key), l.Name, l.AZ, snake(l.State), versionOf(l.File), versionOf(l.Process), moment(l.Since)}
}

// FleetVersion is one version of a certificate.
type FleetVersion struct {
	Certificate inventory.ID `json:"certificate,omitempty" doc:"its ID; without it, only its existence is known"`
	Number      int          `json:"number,omitempty" doc:"of the secret"`
	NotBefore   *time.Time   `json:"not_before,omitempty"`
	NotAfter    *time.Time   `json:"not_after,omitempty"`
	InStore     bool         `json:"in_store" doc:"the store holds it now"`
	Current     bool         `json:"current" doc:"all instances should have it"`
	Files       int          `json:"files" doc:"instances that report with it in a file"`
	Processes   int          `json:"processes" doc:"instances that report with a process that serves it"`
}

func versionOf(v *fleet.Version) *FleetVersion {
	if v == nil {
		return nil
	}
	return &FleetVersion{v.ID(), v.Number, moment(v.NotBefore), moment(v.NotAfter), v.InStore, v.Current, v.Files, v.Processes}
}
