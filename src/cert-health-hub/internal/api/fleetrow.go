package api

import (
	"slices"
	"time"

	"cert-health/hub/internal/fleet"
	"cert-health/hub/internal/inventory"
)

// FleetRow is one certificate of one deployment, with all its versions.
type FleetRow struct {
	ID           string         `json:"id" doc:"it stays as long as the deployment and the certificate do"`
	Deployment   string         `json:"deployment"`
	Name         string         `json:"name"`
	Role         string         `json:"role,omitempty"`
	Store        string         `json:"store,omitempty" doc:"the path of the secret"`
	Key          string         `json:"key,omitempty" doc:"in the secret"`
	StoreTitle   string         `json:"store_title,omitempty" doc:"the product, such as Vault"`
	State        string         `json:"state" enum:"current,awaiting_deploy,awaiting_restart,awaiting_renewal,changed_by_hand,rolled_back,unknown"`
	Severity     string         `json:"severity" enum:"ok,info,warning,error,critical"`
	Message      string         `json:"message"`
	Why          string         `json:"why,omitempty"`
	Steps        []Step         `json:"steps" nullable:"false" doc:"what to do about it, once for all instances"`
	Own          bool           `json:"own,omitempty" doc:"each instance has a certificate of its own: there is no current version"`
	Current      *FleetVersion  `json:"current,omitempty" doc:"what the store holds or, if that is not known, the newest in any file"`
	Versions     []FleetVersion `json:"versions" nullable:"false" doc:"the newest first; a list has the first 3, and one row the first 100"`
	MoreVersions int            `json:"more_versions,omitempty"`
	Instances    int            `json:"instances" doc:"that should have it: on_current + behind + not_seen"`
	OnCurrent    int            `json:"on_current" doc:"their files hold the current version"`
	Behind       int            `json:"behind"`
	NotSeen      int            `json:"not_seen" doc:"silent, missing, stopped or ignored"`
	Percent      int            `json:"percent" doc:"on_current of instances, rounded down"`
	Expired      int            `json:"expired,omitempty" doc:"instances with an expired version in a file or in a process"`
	States       map[string]int `json:"states,omitempty" doc:"number of instances that report with each state"`
	Since        *time.Time     `json:"since,omitempty" doc:"when the first instance fell behind"`
	Groups       []RowGroup     `json:"groups,omitempty" nullable:"false" doc:"only of a single row"`
	Laggards     []Laggard      `json:"laggards" nullable:"false" doc:"instances that are not as they should be; a list has the first, and one row the first of each group"`
	MoreLaggards int            `json:"more_laggards,omitempty"`
}

// RowGroup is the part of a row in one instance group.
type RowGroup struct {
	Group          string     `json:"group"`
	AZs            []string   `json:"azs" nullable:"false"`
	State          string     `json:"state,omitempty" enum:"current,awaiting_deploy,awaiting_restart,awaiting_renewal,changed_by_hand,rolled_back,unknown" doc:"of the worst instance that reports"`
	Instances      int        `json:"instances"`
	OnCurrent      int        `json:"on_current"`
	Behind         int        `json:"behind"`
	NotSeen        int        `json:"not_seen"`
	Serving        int        `json:"serving" doc:"instances with a process that was seen to serve a version"`
	ServingCurrent int        `json:"serving_current" doc:"of them, those that serve the current one alone"`
	Since          *time.Time `json:"since,omitempty"`
}

// The limits of a row in a list.
const (
	listedVersions = 3
	listedLaggards = 1
)

// listedRow is a row in a list.
func listedRow(r *fleet.Row) FleetRow {
	row := wholeRow(r)
	row.Groups = nil
	row.Versions, row.MoreVersions = cut(row.Versions, listedVersions, row.MoreVersions)
	row.Laggards, row.MoreLaggards = cut(row.Laggards, listedLaggards, row.MoreLaggards)
	return row
}

// cut keeps the first of a list, and counts the rest to those that it lacks already.
func cut[T any](list []T, most, more int) ([]T, int) {
	kept := list[:min(len(list), most)]
	return kept, more + len(list) - len(kept)
}

// wholeRow is a row with its groups.
func wholeRow(r *fleet.Row) FleetRow {
	row := FleetRow{
		ID: r.ID, Deployment: r.Deployment, Name: r.Name, Role: string(r.Role), Store: r.Store, Key: r.Key, StoreTitle: r.StoreTitle,
		State: snake(r.State), Severity: r.Severity.String(), Message: r.Sentence, Why: r.Why, Steps: steps(r.Next), Own: r.Own, Current: versionOf(r.Current),
		Versions: []FleetVersion{}, Instances: r.Instances, OnCurrent: r.OnCurrent, Behind: r.Behind, NotSeen: r.NotSeen, Percent: r.Percent, Expired: r.Expired,
		States: counted(r.States), Since: moment(r.Since), Laggards: []Laggard{},
	}
	for _, v := range r.Versions[:min(len(r.Versions), maxListed)] {
		row.Versions = append(row.Versions, *versionOf(v))
	}
	row.MoreVersions = len(r.Versions) - len(row.Versions)
	for _, g := range r.Groups {
		row.Groups = append(row.Groups, RowGroup{g.Group, slices.Concat([]string{}, g.AZs), snake(g.State), g.Instances, g.OnCurrent, g.Behind, g.NotSeen,
			g.Serving, g.ServingCurrent, moment(g.Since)})
		for _, l := range g.Laggards {
			row.Laggards = append(row.Laggards, laggardOf(l))
		}
		row.MoreLaggards += g.MoreLaggards
	}
	return row
}

// rowsOf are the rows of which a certificate is a version. While the hub starts, none are known.
func rowsOf(v *fleet.View, certificate inventory.ID) (list []FleetRow) {
	if v == nil {
		return nil
	}
	rows := v.RowsOf(certificate)
	for _, row := range rows[:min(len(rows), maxListed)] {
		list = append(list, wholeRow(row))
	}
	return list
}
