package api

import (
	"time"

	"cert-health/hub/internal/fleet"
	"cert-health/internal/verdict"
)

// Instance is a VM that a Director lists or an agent reports for.
type Instance struct {
	Deployment   string     `json:"deployment"`
	Group        string     `json:"group"`
	ID           string     `json:"id"`
	Name         string     `json:"name" doc:"group/index, or group/id if the index is not known"`
	Index        *int       `json:"index,omitempty" doc:"as the Director says"`
	AZ           string     `json:"az,omitempty"`
	Address      string     `json:"address,omitempty"`
	Standing     string     `json:"standing" enum:"reporting,silent,missing,stopped,ignored,deleted" doc:"only one that is reporting is seen"`
	LastSeen     *time.Time `json:"last_seen,omitempty" doc:"the last heartbeat or report"`
	ScannedAt    *time.Time `json:"scanned_at,omitempty" doc:"the last scan, by the clock of the VM"`
	ReportedAt   *time.Time `json:"reported_at,omitempty" doc:"the newest report"`
	GoneSince    *time.Time `json:"gone_since,omitempty" doc:"the Director does not list it any more"`
	State        string     `json:"state,omitempty" enum:"current,awaiting_deploy,awaiting_restart,awaiting_renewal,changed_by_hand,rolled_back,unknown" doc:"of the worst certificate"`
	Severity     string     `json:"severity" enum:"ok,info,warning,error,critical"`
	Certificates int        `json:"certificates" doc:"of the newest report"`
	Behind       int        `json:"behind" doc:"certificates that are not as they should be"`
}

// Instances is a page of instances.
type Instances struct {
	At         *time.Time     `json:"at,omitempty"`
	Configured bool           `json:"configured" doc:"false: the hub knows no instance"`
	Instances  []Instance     `json:"instances" nullable:"false" doc:"by deployment, group and index"`
	Total      int            `json:"total" doc:"of all pages"`
	Counts     map[string]int `json:"counts" doc:"number of instances with each standing, as if the query had no standing"`
	Next       string         `json:"next,omitempty" doc:"the parameter after of the next page"`
}

// OneInstance is an instance with its certificates.
type OneInstance struct {
	Instance
	List []Cell `json:"list" nullable:"false" doc:"the worst first; of one that is not seen, what its last report says"`
}

// Cell is one certificate on one instance: what the store, the files and the process have.
type Cell struct {
	Row      string        `json:"row" doc:"ID of the row of the fleet"`
	Name     string        `json:"name"`
	Role     string        `json:"role,omitempty"`
	State    string        `json:"state,omitempty" enum:"current,awaiting_deploy,awaiting_restart,awaiting_renewal,changed_by_hand,rolled_back,unknown" doc:"empty if the instance is not seen"`
	Severity string        `json:"severity" enum:"ok,info,warning,error,critical"`
	Message  string        `json:"message,omitempty" doc:"what is wrong, over all instances and with all certificates that have the same"`
	Steps    []Step        `json:"steps" nullable:"false"`
	Expired  bool          `json:"expired,omitempty"`
	Store    *FleetVersion `json:"store,omitempty" doc:"the current version"`
	File     *FleetVersion `json:"file,omitempty"`
	Process  *FleetVersion `json:"process,omitempty"`
	Serves   string        `json:"serves,omitempty" doc:"the process that serves an older version"`
	Since    *time.Time    `json:"since,omitempty"`
	Places   []string      `json:"places" nullable:"false"`
}

func instanceOf(i *fleet.Instance) Instance {
	answer := Instance{
		Deployment: i.Deployment, Group: i.Group, ID: i.ID, Name: i.Name(), AZ: i.AZ, Address: i.Address, Standing: string(i.Standing),
		LastSeen: moment(i.LastSeen), ScannedAt: moment(i.Scanned), ReportedAt: moment(i.Received), GoneSince: moment(i.Gone),
		State: snake(i.State), Severity: i.Severity.String(), Certificates: i.Certificates, Behind: i.Behind,
	}
	if i.Indexed {
		answer.Index = &i.Index
	}
	return answer
}

// troublesOf are the troubles of rows, each with all rows that have it: what is wrong with thirteen
// certificates is said once.
func troublesOf(v *fleet.View) map[*fleet.Row]*fleet.Trouble {
	all := map[*fleet.Row]*fleet.Trouble{}
	for _, t := range v.Summary().Troubles {
		for _, row := range t.Rows {
			all[row] = t
		}
	}
	return all
}

func cellOf(c fleet.Cell, trouble *fleet.Trouble) Cell {
	cell := Cell{
		Row: c.Row.ID, Name: c.Row.Name, Role: string(c.Row.Role), State: snake(c.State), Severity: c.Severity.String(), Steps: []Step{}, Expired: c.Expired,
		Store: versionOf(c.Row.Current), File: versionOf(c.File), Process: versionOf(c.Process), Serves: c.ProcessName, Since: moment(c.Since),
		Places: append([]string{}, c.Places...),
	}
	if trouble != nil && c.Severity > verdict.OK {
		cell.Message, cell.Steps = trouble.Sentence, steps(trouble.Next)
	}
	return cell
}
