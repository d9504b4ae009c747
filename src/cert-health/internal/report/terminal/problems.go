package terminal

import "cert-health/internal/report"

// problems writes a paragraph for each thing that expires, and one for everything that
// could not be read or compared.
func (t *table) problems() {
	var unread []*report.Problem
	for i := range t.report.Problems {
		p := &t.report.Problems[i]
		if p.About == "" {
			unread = append(unread, p)
			continue
		}
		t.title(p.About)
		if p.File != "" {
			t.entry("at", p.Place())
		}
		t.finding(p.Item().Finding)
		t.next(p.Item().Finding)
	}
	if len(unread) == 0 {
		return
	}
	t.title("Could not be read or compared")
	for _, p := range unread {
		f := p.Item().Finding
		t.severity(f.Severity, p.PlaceAndMessage())
		t.why(f)
		t.next(f)
	}
}
