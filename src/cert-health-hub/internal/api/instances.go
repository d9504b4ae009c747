package api

import (
	"context"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"cert-health/hub/internal/fleet"
	"cert-health/hub/internal/inventory"
	"cert-health/hub/internal/people"
)

func (s *service) instances() {
	list := operation(http.MethodGet, "/v1/instances", "list-instances", "List instances, and whether they are seen", fleetTag, people.Viewer)
	list.Parameters = instanceParameters()
	huma.Register(s.api, list, s.listInstances)
	table := operation(http.MethodGet, "/v1/instances.csv", "list-instances-csv", "List instances as CSV, without paging", fleetTag, people.Viewer)
	table.Parameters, table.Responses = instanceParameters(), csvResponse()
	huma.Register(s.api, table, s.csvInstances)
	one := operation(http.MethodGet, "/v1/instances/{deployment}/{group}/{id}", "get-instance", "Show one instance with its certificates", fleetTag, people.Viewer)
	one.Errors = append(one.Errors, http.StatusNotFound)
	huma.Register(s.api, one, s.oneInstance)
}

// instanceParameters describe the query of /v1/instances.
func instanceParameters() []*huma.Param {
	return append([]*huma.Param{
		textParameter("q", "words that all occur in the key, the name or the address", "10.0.16.4"),
		severalParameter("deployment", "name of a deployment", nil),
		severalParameter("group", "name of an instance group", nil),
		severalParameter("az", "name of an availability zone", nil),
		severalParameter("state", "state of the worst certificate", snakes(fleet.States())),
		severalParameter("standing", "without it, all but deleted", snakes(standings())),
	}, pageParameters("instances")...)
}

// chooseInstances are the instances of a query, and their numbers by standing.
func (s *service) chooseInstances(in *listInput) (*fleet.View, fleetQuery, []*fleet.Instance, map[string]int, error) {
	q, err := parseFleet(in.RawQuery, "deployment", "group", "az", "state", "standing")
	if err != nil {
		return nil, q, nil, nil, err
	}
	v, err := s.fleetView()
	if err != nil || !configured(v) {
		return v, q, nil, map[string]int{}, err
	}
	if err := q.known(v); err != nil {
		return nil, q, nil, nil, err
	}
	counts := map[string]int{}
	for _, standing := range standings() {
		counts[string(standing)] = 0
	}
	var chosen []*fleet.Instance
	for _, i := range everyInstance(v) {
		if !q.selects(i) {
			continue
		}
		counts[string(i.Standing)]++
		if slices.Contains(q.standings, i.Standing) || len(q.standings) == 0 && i.Standing != inventory.Deleted {
			chosen = append(chosen, i)
		}
	}
	return v, q, chosen, counts, nil
}

// selects tells whether an instance passes all filters but the one by standing.
func (q fleetQuery) selects(i *fleet.Instance) bool {
	return within(q.deployments, i.Deployment) && within(q.groups, i.Group) && within(q.azs, i.AZ) && within(q.states, i.State) &&
		q.has(string(i.Key), i.Name(), i.Address)
}

func everyInstance(v *fleet.View) (all []*fleet.Instance) {
	for q := (fleet.Query{Standings: standings(), Limit: fleet.MaxLimit}); ; {
		page := v.Instances(q)
		all = append(all, page.Instances...)
		if page.Next == "" {
			return all
		}
		q.After = page.Next
	}
}

func (s *service) listInstances(_ context.Context, in *listInput) (*body[Instances], error) {
	v, q, chosen, counts, err := s.chooseInstances(in)
	if err != nil {
		return nil, err
	}
	page, next, err := pageOf(q, chosen, func(i *fleet.Instance) string { return string(i.Key) })
	if err != nil {
		return nil, err
	}
	answer := Instances{Configured: configured(v), Instances: []Instance{}, Total: len(chosen), Counts: counts, Next: next}
	if v != nil {
		answer.At = moment(v.Now())
	}
	for _, i := range page {
		answer.Instances = append(answer.Instances, instanceOf(i))
	}
	return &body[Instances]{answer}, nil
}

func (s *service) oneInstance(_ context.Context, in *struct {
	Deployment string `path:"deployment"`
	Group      string `path:"group"`
	ID         string `path:"id"`
}) (*body[OneInstance], error) {
	v, err := s.fleetView()
	if err != nil {
		return nil, err
	}
	if v == nil {
		return nil, huma.Error404NotFound("the hub knows no such instance: look at /v1/instances")
	}
	i, known := v.Instance(inventory.KeyOf(in.Deployment, in.Group, in.ID))
	if !known {
		return nil, huma.Error404NotFound("the hub knows no such instance: look at /v1/instances")
	}
	answer := OneInstance{instanceOf(i), []Cell{}}
	troubles := troublesOf(v)
	for _, c := range v.CellsOf(i) {
		answer.List = append(answer.List, cellOf(c, troubles[c.Row]))
	}
	return &body[OneInstance]{answer}, nil
}
