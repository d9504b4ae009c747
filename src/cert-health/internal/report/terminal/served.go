package terminal

import (
	"fmt"
	"slices"

	"cert-health/internal/report"
	"cert-health/internal/verdict"
)

// served is what the process shows, in Vault's terms where these are known.
func (t *table) served(c *report.Certificate) string {
	switch s := c.Served; {
	case s == nil:
		return "-"
	case s.Version > 0:
		return fmt.Sprintf("v%d", s.Version)
	case s.State == report.Loaded:
		return "same"
	}
	return "older"
}

// asked says how many ports were asked, where any were.
func (t *table) asked() string {
	s := t.report.Served
	if s == nil {
		return ""
	}
	addresses := map[string]bool{}
	for _, shown := range s.Shown {
		addresses[shown.Address] = true
	}
	return fmt.Sprintf(" Of %s, %d showed certificates.", count(s.Listeners, "listening port"), len(addresses))
}

// shown lists what processes show: all of it on request, else what stands in no file.
// That may be made when the job is started, or by nobody of BOSH's.
func (t *table) shown() {
	if t.report.Served == nil {
		return
	}
	listed, title := t.report.Served.Shown, "Served"
	if !t.style.Healthy {
		title = "Served, and in no file of the job"
		listed = slices.DeleteFunc(slices.Clone(listed), func(s report.ServedCertificate) bool { return s.State != report.Unfiled })
	}
	for i, s := range listed {
		if i == 0 {
			t.print("\n%s\n", t.palette.bold(title))
		}
		text := fmt.Sprintf("%s by %s: %s, until %s (%s)", s.Address, shownBy(s), s.Name, verdict.Stamp(s.NotAfter), verdict.Relative(s.NotAfter, t.report.CheckedAt))
		if t.style.Healthy {
			text += ": " + inWords(s.State)
		}
		t.print("%s", wrap("  ", report.Printable(text), t.style.Width))
	}
}

// shownBy is the process, for people.
func shownBy(s report.ServedCertificate) string {
	switch {
	case s.Process == "":
		return "a process that cannot be told"
	case s.Job == "" || s.Job == s.Process:
		return s.Process
	}
	return s.Process + " of " + s.Job
}

// inWords is the state in a sentence.
func inWords(s report.ServedState) string {
	switch s {
	case report.Loaded:
		return "as in the file"
	case report.NotLoaded:
		return "the file has a newer one"
	case report.Outdated:
		return "the file has got a newer one since"
	}
	return "in no file of the job"
}
