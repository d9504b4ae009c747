package report

import (
	"strings"

	"cert-health/internal/cert"
)

// Item is the problem as a finding.
func (p *Problem) Item() Item {
	return Item{Problem: p, Finding: Finding{p.Code, p.Severity, p.Message, p.Next}}
}

func (p *Problem) Place() string { return cert.PlaceOf(p.Job, p.File, p.Line) }

// Text is the problem with its place, in one line fit for a terminal and a log.
func (p *Problem) Text() string {
	text := strings.TrimPrefix(p.About+": ", ": ") + p.Message
	if p.File != "" {
		text = p.Place() + ": " + text
	}
	return Printable(text)
}
