package terminal

import (
	"fmt"
	"slices"

	"cert-health/internal/report"
	"cert-health/internal/verdict"
)

// servedVersion is what processes serve, in the terms of the source where these are known.
func servedVersion(c *report.Certificate) string {
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

// asked says how many ports were asked, if any.
func (t *table) asked() string {
	s := t.report.Served
	if s == nil {
		return ""
	}
	addresses := map[string]bool{}
	for _, shown := range s.Shown {
		addresses[shown.Address] = true
	}
	return fmt.Sprintf(" Ports that serve certificates: %d of %d.", len(addresses), s.Listeners)
}

// servedCertificates lists all served certificates on request, and otherwise those that are
// in no file of their job, and those of which the process may not have the key. A job may make
// such certificates when it starts.
func (t *table) servedCertificates() {
	if t.report.Served == nil {
		return
	}
	listed, title := t.report.Served.Shown, "Served"
	if !t.style.Verbose {
		title = "Served, but not compared with a file"
		listed = slices.DeleteFunc(slices.Clone(listed), func(s report.ServedCertificate) bool { return s.State != report.Unfiled && s.State != report.Unproven })
	}
	for i, s := range listed {
		if i == 0 {
			t.title(title)
		}
		text := fmt.Sprintf("%s by %s: %s, until %s (%s)", s.Address, processName(s), s.Name, verdict.Stamp(s.NotAfter), verdict.Relative(s.NotAfter, t.report.CheckedAt))
		text += ": " + stateWords(s.State)
		t.print("%s", wrap("  ", report.Printable(text), t.style.Width))
	}
}

// processName is the process and its job, for people.
func processName(s report.ServedCertificate) string {
	switch {
	case s.Process == "":
		return "an unknown process"
	case s.Job == "" || s.Job == s.Process:
		return s.Process
	}
	return s.Process + " of " + s.Job
}

// stateWords is the state, for people.
func stateWords(s report.ServedState) string {
	switch s {
	case report.Loaded:
		return "as in the file"
	case report.NotLoaded:
		return "the file has a newer one"
	case report.Outdated:
		return "the file has received a newer one since then"
	case report.Unproven:
		return "no proof that it has the private key"
	}
	return "in no file of the job"
}
