package api

import (
	"cmp"
	"fmt"
	"slices"

	"cert-health/hub/internal/fleet"
	"cert-health/hub/internal/inventory"
	"cert-health/internal/verdict"
)

// choice is what a query selects of the fleet.
type choice struct {
	view   *fleet.View
	query  fleetQuery
	rows   []*fleet.Row // with the states of the query
	counts map[string]int
}

// chooseFleet reads a query over what the hub knows now.
func (s *service) chooseFleet(in *listInput) (*choice, error) {
	q, err := parseFleet(in.RawQuery, "deployment", "group", "state", "row", "certificate")
	if err != nil {
		return nil, err
	}
	v, err := s.fleetView()
	if err != nil || !configured(v) {
		return &choice{view: v, query: q}, err
	}
	if err := q.known(v); err != nil {
		return nil, err
	}
	c := &choice{view: v, query: q, counts: map[string]int{}}
	for _, state := range fleet.States() {
		c.counts[snake(state)] = 0
	}
	for _, row := range v.Rows() {
		c.add(row)
	}
	return c, nil
}

// add takes a row if the query selects it.
func (c *choice) add(row *fleet.Row) {
	if !within(c.query.deployments, row.Deployment) || !within(c.query.ids, row.ID) || !c.query.hasVersion(row) || !c.query.hasWords(row) {
		return
	}
	if len(c.query.groups) > 0 {
		if row = narrow(row, c.query.groups); row == nil {
			return
		}
	}
	c.counts[snake(row.State)]++
	if within(c.query.states, row.State) {
		c.rows = append(c.rows, row)
	}
}

// hasVersion tells whether a row has one of the certificates of a query.
func (q fleetQuery) hasVersion(row *fleet.Row) bool {
	return len(q.certificates) == 0 ||
		slices.ContainsFunc(row.Versions, func(v *fleet.Version) bool {
			return v.Fingerprint != "" && slices.Contains(q.certificates, v.Fingerprint)
		})
}

// hasWords tells whether all words occur in a row.
func (q fleetQuery) hasWords(row *fleet.Row) bool {
	if len(q.words) == 0 {
		return true
	}
	texts := []string{row.ID, row.Name, row.Deployment, row.Store, row.Key, string(row.Role)}
	for _, v := range row.Versions {
		texts = append(texts, v.Fingerprint)
	}
	for _, g := range row.Groups {
		texts = append(texts, g.Group)
	}
	return q.has(texts...)
}

// narrow is a row in some instance groups only; nil if none of them has it. What is known of the row as a
// whole stays: its versions, and what to do.
func narrow(row *fleet.Row, groups []string) *fleet.Row {
	n := *row
	n.Groups, n.State, n.States = nil, "", nil
	n.Instances, n.OnCurrent, n.Behind, n.NotSeen, n.Expired, n.Since = 0, 0, 0, 0, 0, row.Since
	order := fleet.States()
	for _, g := range row.Groups {
		if !slices.Contains(groups, g.Group) {
			continue
		}
		n.Groups = append(n.Groups, g)
		n.Instances, n.OnCurrent, n.Behind, n.NotSeen = n.Instances+g.Instances, n.OnCurrent+g.OnCurrent, n.Behind+g.Behind, n.NotSeen+g.NotSeen
		if g.State != "" && (n.State == "" || slices.Index(order, g.State) < slices.Index(order, n.State)) {
			n.State = g.State
		}
	}
	if n.Groups == nil {
		return nil
	}
	n.State = cmp.Or(n.State, fleet.Unknown)
	n.Percent = 100 * n.OnCurrent / max(n.Instances, 1)
	if n.State == fleet.Current {
		n.Severity, n.Sentence, n.Why, n.Next = verdict.OK, "current on the instances of these groups that are seen", "", nil
	}
	return &n
}

// summary is the worst of what is selected, and what is selected of the deployments.
func (c *choice) summary() Fleet {
	now := c.view.Now()
	f := Fleet{At: moment(now), Configured: true, Standings: map[string]int{}, Deployments: []FleetDeployment{}, Rows: []FleetRow{}, Total: len(c.rows), Counts: c.counts}
	rows := map[string]int{}
	for _, row := range c.rows {
		rows[row.Deployment]++
	}
	for _, d := range c.view.Deployments() {
		if !within(c.query.deployments, d.Name) || !c.byInstance() && rows[d.Name] == 0 {
			continue
		}
		if one := deploymentOf(d, c.query.groups, rows[d.Name]); len(one.Groups) > 0 {
			f.Deployments = append(f.Deployments, one)
		}
	}
	unseen := 0
	for _, d := range f.Deployments {
		f.Instances += d.Instances
		for standing, n := range d.Standings {
			f.Standings[standing] += n
			if standing != string(inventory.Reports) && standing != string(inventory.Deleted) {
				unseen += n
			}
		}
	}
	severity := c.worst(&f, unseen)
	if unseen > 0 {
		severity = max(severity, verdict.Warning)
	}
	f.Severity = severity.String()
	return f
}

// byInstance tells whether the query selects all rows of the instances that it selects.
func (c *choice) byInstance() bool {
	return len(c.query.states)+len(c.query.words)+len(c.query.ids)+len(c.query.certificates) == 0
}

// worst takes the words of the worst trouble with what is selected.
func (c *choice) worst(f *Fleet, unseen int) verdict.Severity {
	whole := c.view.Summary()
	if c.byInstance() && len(c.query.deployments)+len(c.query.groups) == 0 {
		f.Message, f.Why, f.Steps = whole.Sentence, whole.Why, steps(whole.Next)
		return whole.Severity
	}
	selected := map[string]bool{}
	for _, row := range c.rows {
		selected[row.ID] = row.Severity > verdict.OK
	}
	for _, t := range whole.Troubles {
		if c.concerns(t, selected) {
			f.Message, f.Why, f.Steps = t.Sentence, t.Why, steps(t.Next)
			return t.Severity
		}
	}
	f.Message, f.Steps = "nothing is wrong with "+count(len(c.rows), "certificate"), []Step{}
	if unseen > 0 {
		f.Message += "; " + count(unseen, "instance") + " not seen"
	}
	return verdict.OK
}

func count(n int, unit string) string {
	if n != 1 {
		unit += "s"
	}
	return fmt.Sprintf("%d %s", n, unit)
}

// concerns tells whether a trouble is one of what is selected.
func (c *choice) concerns(t *fleet.Trouble, selected map[string]bool) bool {
	if len(t.Rows) > 0 {
		return slices.ContainsFunc(t.Rows, func(r *fleet.Row) bool { return selected[r.ID] })
	}
	return c.byInstance() && len(c.query.groups) == 0 && within(c.query.deployments, t.Deployment)
}
