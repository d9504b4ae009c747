package main

import (
	"fmt"
	"io"
	"strings"

	"cert-health/internal/hubclient"
	"cert-health/internal/report"
	"cert-health/internal/report/terminal"
	"cert-health/internal/verdict"
)

// page writes paragraphs, and remembers the first error.
type page struct {
	w     io.Writer
	style terminal.Style
	err   error
}

// line writes one line: a line break in what it says of a certificate, whose names others choose, begins no other one.
func (p *page) line(format string, values ...any) {
	if p.err == nil {
		for i, value := range values {
			if text, isText := value.(string); isText {
				values[i] = strings.ReplaceAll(text, "\n", `\u000a`)
			}
		}
		_, p.err = fmt.Fprintf(p.w, format+"\n", values...)
	}
}

func (p *page) entry(word, text string) {
	if text != "" && p.err == nil {
		p.err = terminal.Paragraph(p.w, p.style, word, text)
	}
}

func (p *page) findings(all []hubclient.Finding) {
	for _, f := range all {
		p.line("")
		p.finding(f)
	}
}

func (p *page) finding(f hubclient.Finding) {
	p.entry(f.Severity.String(), f.Message)
	p.entry("at", strings.TrimSpace(f.Source+" "+f.Path))
	p.entry("why", f.Why)
	for i, step := range f.Steps {
		word := ""
		if i == 0 {
			word = "next"
		}
		p.step(word, step)
	}
}

// step writes a step. A command is not wrapped, so that it can be copied.
func (p *page) step(word string, step verdict.Step) {
	if len(step.Run) == 0 {
		p.entry(word, step.Do)
		return
	}
	p.line("  %-10s%s", word, report.Printable(step.String()))
}
