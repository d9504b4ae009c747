package web

import (
	"fmt"
	"net/http"
	"net/url"
	"time"

	"cert-health/hub/internal/catalog"
	"cert-health/hub/internal/platform"
	"cert-health/internal/rotation"
)

// rotationsPage is a list of all CAs of the stores.
type rotationsPage struct {
	Waiting, Quiet []rotationRow // those that are rotated now, and the others
	More           int           // of Quiet that are not listed
	Blind          []string
}

// rotationRow is one CA in the list.
type rotationRow struct {
	mark
	CA, URL, Store string
	Name           string
	Ends           ago
	Next           string
	Bar            []part
	Words          string // how far the current step is
	Trouble        string
}

// mostQuiet is how many CAs are listed that are not rotated.
const mostQuiet = 200

func rotationURL(ca string) string { return "/rotations/" + url.PathEscape(ca) }

// withPlatform lets a page through where surveys are made.
func (p *Pages) withPlatform(next func(http.ResponseWriter, *http.Request, *platform.Look)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if p.Platform == nil {
			p.missing(w, r)
			return
		}
		look, err := p.Platform.Look(r.Context())
		switch {
		case r.Context().Err() != nil: // the browser went away
		case err != nil:
			p.broken(w, r, "read what the VMs have", err)
		default:
			next(w, r, look)
		}
	}
}

func (p *Pages) rotations(w http.ResponseWriter, r *http.Request, look *platform.Look) {
	shown := p.page(r, "rotations", "Rotations")
	shown.JSON = "/v1/rotations"
	body := rotationsPage{Blind: look.Blind}
	for _, state := range look.Rotations() {
		row := rotationRowOf(&state, look.At)
		switch {
		case state.Phase != rotation.Normal || row.Trouble != "":
			body.Waiting = append(body.Waiting, row)
		case len(body.Quiet) < mostQuiet:
			body.Quiet = append(body.Quiet, row)
		default:
			body.More++
		}
	}
	shown.Body = body
	p.render(w, r, http.StatusOK, "rotations", shown)
}

func rotationRowOf(s *rotation.State, now time.Time) rotationRow {
	row := rotationRow{mark: phaseMark(s), CA: s.CA, URL: rotationURL(s.CA), Store: s.Store, Name: s.New.Name, Ends: agoOf(now, s.New.NotAfter), Next: upper(long(s.Next)) + "."}
	step := s.Step(s.Current)
	if s.Current != "" {
		row.Bar, row.Words = stepBar(step), stepWords(step)
	}
	for _, list := range [][]string{s.Broken, s.Faults} {
		if row.Trouble == "" && len(list) > 0 {
			row.Trouble = upper(long(list[0])) + "."
		}
	}
	return row
}

// phaseMark is the mark of a phase.
func phaseMark(s *rotation.State) mark {
	word := string(s.Phase)
	switch {
	case len(s.Broken) > 0:
		return mark{State: string(catalog.Expired), Word: word}
	case s.Phase == rotation.Blocked:
		return mark{State: string(catalog.Broken), Word: word}
	case s.Phase == rotation.Ready:
		return mark{State: string(catalog.NotYetValid), Word: word}
	case s.Phase == rotation.Normal:
		return mark{State: string(catalog.OK), Word: word}
	}
	return mark{State: "awaiting_deploy", Word: word}
}

// stepBar divides the bar of a step: done, accepted, and those that wait.
func stepBar(s rotation.Step) []part {
	waiting := "awaiting_deploy"
	if !s.OnVMs {
		waiting = "not_yet_valid"
	}
	return barOfParts([]count{{State: "ok", Count: s.Done}, {State: "ignored", Count: s.Accepted}, {State: waiting, Count: s.Total - s.Done - s.Accepted}})
}

// laterBar is that of a step whose time has not come: a VM that waits for it is no fault.
func laterBar(s rotation.Step) []part {
	return barOfParts([]count{{State: "ok", Count: s.Done}, {State: "unseen", Count: s.Total - s.Done}})
}

// stepWords says how far a step is.
func stepWords(s rotation.Step) string {
	unit := s.Unit
	if unit == "leaf" {
		unit = "certificate"
	}
	if s.Total == 0 {
		return "no " + unit + " to wait for"
	}
	words := fmt.Sprintf("%s of %s", number(s.Done), plural(s.Total, unit))
	if s.Accepted > 0 {
		words += ", " + number(s.Accepted) + " accepted"
	}
	return words
}
