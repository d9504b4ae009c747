package web

import (
	"maps"
	"net/http"
	"slices"
	"time"

	"cert-health/hub/internal/fleet"
	"cert-health/hub/internal/inventory"
)

// instancesPage is a list of VMs.
type instancesPage struct {
	Text                     string
	Total                    int
	Known                    bool
	Why                      string // why there is none
	Standings, States        []choice
	Deployments, Groups, AZs picked
	Chips                    []chip
	Rows                     []instanceRow
	Turn                     turn
}

// picked is a field with the names of deployments, groups or AZs.
type picked struct {
	Title, Name, All string
	Choices          []choice
}

// instanceRow is one VM in the list.
type instanceRow struct {
	mark
	Name, URL, Deployment, AZ, Address string
	Certificates                       int
	Trouble                            count
	Heard                              ago
}

func (p *Pages) instances(w http.ResponseWriter, r *http.Request) {
	f, ok := p.filtered(w, r, "/instances", "q", "deployment", "group", "az", "standing", "state", "after")
	if !ok {
		return
	}
	shown := p.page(r, "instances", "VMs")
	shown.Self, shown.Live = f.url(), true
	shown.JSON, shown.CSV = twins("/v1/instances", f.copied())
	shown.Body = instancesOf(p.fleet(), f)
	p.render(w, r, http.StatusOK, "instances", shown)
}

func instancesOf(v *fleet.View, f filter) instancesPage {
	q := f.instanceQuery()
	found := v.Instances(q)
	body := instancesPage{Text: q.Text, Total: found.Total, Known: v.Summary().Instances > 0, Chips: f.chips(),
		Why: "No agent has reported, and no Director has listed one."}
	for _, s := range standings() {
		one := q
		one.Standings, one.After, one.Limit = []inventory.Standing{s}, "", 1
		body.Standings = append(body.Standings, choice{string(s), string(s), f.has("standing", string(s)), v.Instances(one).Total, standingMark(s).State})
	}
	for _, s := range fleet.States() {
		one := q
		one.States, one.After, one.Limit = []fleet.State{s}, "", 1
		body.States = append(body.States, choice{string(s), string(s), f.has("state", string(s)), v.Instances(one).Total, stateMark(s).State})
	}
	body.Deployments = picked{"Deployment", "deployment", "all deployments", deploymentChoices(v, f)}
	body.Groups = picked{"Instance group", "group", "all groups", f.choices("group", groupNames(v, f))}
	body.AZs = picked{"AZ", "az", "all AZs", f.choices("az", azNames(v, f))}
	for _, i := range found.Instances {
		body.Rows = append(body.Rows, instanceRowOf(i, v.Now()))
	}
	body.Turn = turn{Words: number(len(body.Rows)) + " of " + plural(found.Total, "VM") + " on this page"}
	if found.Next != "" {
		body.Turn.Next = f.with("after", string(found.Next))
	}
	if q.After != "" {
		body.Turn.First = f.without("after")
	}
	return body
}

// instanceQuery is the filter as the fleet understands it.
func (f filter) instanceQuery() fleet.Query {
	q := fleet.Query{Deployment: f.one("deployment"), Group: f.one("group"), AZ: f.one("az"), Text: f.one("q"),
		After: inventory.InstanceKey(f.one("after")), Limit: listedAPage}
	for _, s := range f.values["standing"] {
		q.Standings = append(q.Standings, inventory.Standing(s))
	}
	for _, s := range f.values["state"] {
		q.States = append(q.States, fleet.State(s))
	}
	return q
}

func instanceRowOf(i *fleet.Instance, now time.Time) instanceRow {
	row := instanceRow{mark: standingMark(i.Standing), Name: i.Name(), URL: instanceURL(i.Key), Deployment: i.Deployment, AZ: i.AZ, Address: i.Address,
		Certificates: i.Certificates, Heard: agoOf(now, i.LastSeen)}
	if i.Behind > 0 {
		row.Trouble = count{stateMark(i.State).State, string(i.State), i.Behind, addressOf(row.URL, "has", hasTrouble)}
	}
	return row
}

// choices are the values of a filter that people can choose. A chosen one is always among them.
func (f filter) choices(name string, values []string) (list []choice) {
	for _, value := range f.values[name] {
		if !slices.Contains(values, value) {
			values = append(values, value)
		}
	}
	for _, value := range values[:min(mostDeployments, len(values))] {
		list = append(list, choice{Value: value, Word: value, Chosen: f.has(name, value)})
	}
	return list
}

// groupNames are the instance groups of the chosen deployments.
func groupNames(v *fleet.View, f filter) []string {
	return namesOf(v, f, func(g *fleet.Group) []string { return []string{g.Name} })
}

func azNames(v *fleet.View, f filter) []string {
	return namesOf(v, f, func(g *fleet.Group) []string { return g.AZs })
}

func namesOf(v *fleet.View, f filter, of func(*fleet.Group) []string) []string {
	all := map[string]bool{}
	for _, d := range v.Deployments() {
		if !f.takes("deployment", d.Name) {
			continue
		}
		for _, g := range d.Groups {
			for _, name := range of(g) {
				all[name] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(all))
}
