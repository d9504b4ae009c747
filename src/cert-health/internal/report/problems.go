package report

import (
	"strings"

	"cert-health/internal/cert"
)

// Item is the problem as an alert item.
func (p *Problem) Item() Item {
	return Item{Problem: p, Finding: Finding{p.Code, p.Severity, p.Message, p.Why, p.Next, p.Steps}}
}

// Place is the file and the line; empty if the problem concerns no file.
func (p *Problem) Place() string { return cert.PlaceOf(p.Job, p.File, p.Line) }

// Text is the problem with its place, in one line fit for a terminal and a log.
func (p *Problem) Text() string {
	text := p.PlaceAndMessage()
	if p.Why != "" {
		text += "; " + p.Why
	}
	return Short(Printable(Short(text)))
}

// PlaceAndMessage is what is wrong, and where. It may hold control characters.
func (p *Problem) PlaceAndMessage() string {
	text := strings.TrimPrefix(p.About+": ", ": ") + p.Message
	if p.File != "" {
		text = p.Place() + ": " + text
	}
	return text
}
