package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"cert-health/hub/internal/fleet"
	"cert-health/hub/internal/people"
	"cert-health/internal/verdict"
)

// Fleet is a page of the certificates of all instances, with the worst of what the query selects.
type Fleet struct {
	At          *time.Time        `json:"at,omitempty" doc:"when it was judged"`
	Configured  bool              `json:"configured" doc:"false: the hub knows no instance, and cannot tell how they are"`
	Message     string            `json:"message" doc:"the worst of what is selected"`
	Why         string            `json:"why,omitempty"`
	Severity    string            `json:"severity" enum:"ok,info,warning,error,critical" doc:"at least warning if an instance is not seen"`
	Steps       []Step            `json:"steps" nullable:"false" doc:"what to do about the worst, once for all instances"`
	Instances   int               `json:"instances" doc:"without deleted ones"`
	Standings   map[string]int    `json:"standings" doc:"number of instances with each standing; only those that are reporting are seen"`
	Deployments []FleetDeployment `json:"deployments" nullable:"false" doc:"those of the selected rows"`
	Rows        []FleetRow        `json:"rows" nullable:"false" doc:"the worst first"`
	Total       int               `json:"total" doc:"of all pages"`
	Counts      map[string]int    `json:"counts" doc:"number of rows with each state, as if the query had no state"`
	Next        string            `json:"next,omitempty" doc:"the parameter after of the next page"`
}

const fleetTag = "fleet"

func (s *service) fleet() {
	list := operation(http.MethodGet, "/v1/fleet", "list-fleet", "Show which instances have the current certificates", fleetTag, people.Viewer)
	list.Parameters = fleetParameters()
	huma.Register(s.api, list, s.listFleet)
	table := operation(http.MethodGet, "/v1/fleet.csv", "list-fleet-csv", "Show which instances have the current certificates as CSV, without paging", fleetTag, people.Viewer)
	table.Parameters, table.Responses = fleetParameters(), csvResponse()
	huma.Register(s.api, table, s.csvFleet)
	one := operation(http.MethodGet, "/v1/fleet/{row}", "get-fleet-row", "Show one certificate of one deployment, by instance group", fleetTag, people.Viewer)
	one.Errors = append(one.Errors, http.StatusNotFound)
	huma.Register(s.api, one, s.oneRow)
	s.instances()
}

// fleetView is the newest view of the fleet; nil if the hub has none.
func (s *service) fleetView() (*fleet.View, error) {
	if s.Fleet == nil {
		return nil, nil
	}
	if v := s.Fleet(); v != nil {
		return v, nil
	}
	return nil, huma.ErrorWithHeaders(huma.Error503ServiceUnavailable("the hub is still reading the reports of its database; try again in a few seconds"),
		http.Header{"Retry-After": {"5"}})
}

// configured tells whether the hub knows an instance.
func configured(v *fleet.View) bool { return v != nil && len(v.Deployments()) > 0 }

// unconfigured is the answer of a hub that knows no instance: what to do about that.
func unconfigured(v *fleet.View) Fleet {
	message, why := "the hub knows no instance: no agent reports to it, and no Director lists them", ""
	next := []verdict.Step{
		verdict.Do("let agents report to this hub: set agents in its configuration, and cert_health.hub.url in the runtime config of the agents"),
		verdict.Do("or add a source of type director, so that the hub knows which instances there should be"),
	}
	if v != nil {
		summary := v.Summary()
		message, why, next = summary.Sentence, summary.Why, summary.Next
	}
	return Fleet{Message: message, Why: why, Severity: verdict.OK.String(), Steps: steps(next), Standings: map[string]int{},
		Deployments: []FleetDeployment{}, Rows: []FleetRow{}, Counts: map[string]int{}}
}

func (s *service) listFleet(_ context.Context, in *listInput) (*body[Fleet], error) {
	chosen, err := s.chooseFleet(in)
	if err != nil {
		return nil, err
	}
	if !configured(chosen.view) {
		return &body[Fleet]{unconfigured(chosen.view)}, nil
	}
	page, next, err := pageOf(chosen.query, chosen.rows, func(r *fleet.Row) string { return r.ID })
	if err != nil {
		return nil, err
	}
	answer := chosen.summary()
	answer.Next = next
	for _, row := range page {
		answer.Rows = append(answer.Rows, listedRow(row))
	}
	return &body[Fleet]{answer}, nil
}

func (s *service) oneRow(_ context.Context, in *struct {
	Row string `path:"row" doc:"the ID of a row"`
}) (*body[FleetRow], error) {
	v, err := s.fleetView()
	if err != nil {
		return nil, err
	}
	if v != nil {
		if row, known := v.Row(in.Row); known {
			return &body[FleetRow]{wholeRow(row)}, nil
		}
	}
	return nil, huma.Error404NotFound("the fleet has no row with this ID: look at /v1/fleet")
}
