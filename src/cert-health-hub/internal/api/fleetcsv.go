package api

import (
	"context"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"cert-health/hub/internal/fleet"
	"cert-health/internal/verdict"
)

func (s *service) csvFleet(_ context.Context, in *listInput) (*huma.StreamResponse, error) {
	chosen, err := s.chooseFleet(in)
	if err != nil {
		return nil, err
	}
	header := []string{"id", "deployment", "name", "role", "state", "severity", "instances", "on_current", "behind", "not_seen", "expired", "percent", "since",
		"current", "current_not_after", "store", "key", "first_laggard", "message", "why", "steps"}
	return table("fleet", header, func(write func(...string)) {
		for _, row := range chosen.rows {
			write(fleetCells(row)...)
		}
	}), nil
}

func fleetCells(r *fleet.Row) []string {
	current, ends, laggard := "", "", ""
	if r.Current != nil {
		current, ends = r.Current.Fingerprint, stamp(r.Current.NotAfter)
	}
	for _, g := range r.Groups {
		if laggard == "" && len(g.Laggards) > 0 {
			laggard = string(g.Laggards[0].Key)
		}
	}
	return []string{r.ID, r.Deployment, r.Name, string(r.Role), snake(r.State), r.Severity.String(), strconv.Itoa(r.Instances), strconv.Itoa(r.OnCurrent),
		strconv.Itoa(r.Behind), strconv.Itoa(r.NotSeen), strconv.Itoa(r.Expired), strconv.Itoa(r.Percent), stamp(r.Since),
		current, ends, r.Store, r.Key, laggard, r.Sentence, r.Why, verdict.Join(r.Next)}
}

func (s *service) csvInstances(_ context.Context, in *listInput) (*huma.StreamResponse, error) {
	_, _, chosen, _, err := s.chooseInstances(in)
	if err != nil {
		return nil, err
	}
	header := []string{"deployment", "group", "id", "index", "az", "address", "standing", "last_seen", "scanned_at", "reported_at", "state", "severity", "certificates", "behind"}
	return table("instances", header, func(write func(...string)) {
		for _, i := range chosen {
			index := ""
			if i.Indexed {
				index = strconv.Itoa(i.Index)
			}
			write(i.Deployment, i.Group, i.ID, index, i.AZ, i.Address, string(i.Standing), stamp(i.LastSeen), stamp(i.Scanned), stamp(i.Received),
				snake(i.State), i.Severity.String(), strconv.Itoa(i.Certificates), strconv.Itoa(i.Behind))
		}
	}), nil
}
