package catalog

import (
	"fmt"
	"time"

	"cert-health/hub/internal/inventory"
	"cert-health/internal/verdict"
)

// staleFinding finds a server that still shows a certificate whose store holds a newer one.
func (v *View) staleFinding(e *Entry) (f Finding, stale bool) {
	served, stored := v.drift(e)
	if served == nil || stored == nil {
		return Finding{}, false
	}
	since, known := v.currentSince(stored)
	if !known {
		return Finding{}, false
	}
	severity, words := verdict.Info, ""
	if since.IsZero() || verdict.Passed(since, v.now, v.policy.DriftGrace) {
		severity = verdict.Error
	}
	if !since.IsZero() {
		words = " since " + verdict.Stamp(since)
	}
	return Finding{Source: served.Source, Path: served.Path, Finding: inventory.Finding{
		Code: inventory.Code(verdict.Stale), Severity: severity, Certificate: e.ID,
		Message: fmt.Sprintf("%s still serves it, and %s holds another certificate%s", served.Path, stored.Path, words),
		Why:     "the server has not loaded the new certificate",
		Steps:   []verdict.Step{verdict.Do("deploy the new certificate to %s, or restart the server there if it has been deployed", served.Path)},
	}}, true
}

// drift are the server that shows the certificate, and the store that held it before. One of them is
// nil if a store still has it as current.
func (v *View) drift(e *Entry) (served, stored *Placement) {
	for i := range e.Placements {
		p := &e.Placements[i]
		switch {
		case !p.State.InUse():
			if stored == nil && p.State == inventory.Previous && p.SourceType != "tls" {
				stored = p
			}
		case p.SourceType != "tls" && p.Kind != endpointKind:
			return nil, nil
		case served == nil:
			served = p
		}
	}
	return served, stored
}

// currentSince is since when the item has its current version at the place, as far as known. There may
// be no current one.
func (v *View) currentSince(p *Placement) (since time.Time, known bool) {
	for _, s := range p.item.Sightings {
		if s.State == inventory.Current && s.Place == p.Place {
			return s.Since, true
		}
	}
	return time.Time{}, false
}
