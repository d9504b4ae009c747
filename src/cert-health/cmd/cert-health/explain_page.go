package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"cert-health/internal/explain"
	"cert-health/internal/explain/logs"
	"cert-health/internal/report/terminal"
	"cert-health/internal/verdict"
)

// The most that is shown without --verbose: the first screen must have the worst.
const (
	maxCases    = 3
	maxPatterns = 3
	maxUnread   = 5
)

// explainPage writes an answer for people, the worst first: which certificate, where it is, what the store holds, and
// what to do.
func explainPage(w io.Writer, style terminal.Style, a *explain.Answer, problems []logs.Problem, now time.Time) error {
	p := &page{w: w, style: style}
	shown := a.Cases
	if !style.Verbose {
		shown = shown[:min(len(shown), maxCases)]
	}
	for _, c := range shown {
		p.explained(c, now)
	}
	for _, c := range a.Cases[len(shown):] {
		p.line("and %s (%s)", strings.TrimSuffix(c.Sentence, "."), count(c.Lines, "line"))
	}
	if len(a.Cases) > len(shown) {
		p.line("--verbose shows them all.\n")
	}
	if len(a.Cases) == 0 {
		p.line("No line has words about a fault of a certificate.")
	}
	p.notUnderstood(a)
	p.unreadLogs(problems)
	p.line("Read: %s, %s.%s", count(a.Logs, "log"), count(int(a.Lines), "line"), more(a))
	return p.err
}

// more says what was counted and not told apart.
func more(a *explain.Answer) (text string) {
	if a.Long > 0 {
		text += fmt.Sprintf(" %s longer than 256 KiB: read in pieces.", counted(a.Long, "line is", "lines are"))
	}
	if a.Merged > 0 {
		text += fmt.Sprintf(" There are too many peers to tell apart: %s are counted without them.", count(a.Merged, "line"))
	}
	return text
}

func counted(n int, one, several string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, several)
}

func (p *page) explained(c *explain.Case, now time.Time) {
	p.line("%s", c.Sentence)
	if len(c.Suspects) > 0 {
		p.suspects(c, now)
	} else {
		p.kinds(c)
	}
	for i, step := range c.Steps {
		word := ""
		if i == 0 {
			word = "do"
		}
		p.step(word, step)
	}
	for _, e := range c.Effects {
		p.entry("seen as", fmt.Sprintf("%q (%s): %s", e.Words, count(e.Lines, "line"), e.Means))
	}
	for _, n := range c.Notes {
		p.entry("note", n)
	}
	p.entry("words", strings.TrimSpace(c.Words+in(c.Log)))
	p.line("")
}

func in(log string) string {
	if log == "" {
		return ""
	}
	return " (" + log + ")"
}

// suspects writes the certificates of a case. The first one gets all its lines if it is the one; of several likely
// ones each gets one line.
func (p *page) suspects(c *explain.Case, now time.Time) {
	first := c.Suspects[0]
	p.entry("which", which(first)+", "+seenIn(c))
	p.entry("where", places(first))
	for _, s := range first.Store {
		p.entry("store", stored(s, now))
	}
	if len(first.Store) == 0 && first.Proven {
		p.entry("store", "no store that is known holds it")
	}
	for _, s := range c.Suspects[1:] {
		p.entry("or", which(s)+"; "+places(s))
	}
}

func which(s *explain.Suspect) string {
	name := s.Name
	if s.Variable != "" && s.Variable != s.Name {
		name = s.Variable + " (" + s.Name + ")"
	}
	if s.CA {
		name = "the CA " + name
	}
	text := name + ", " + s.State
	if s.Because != "" {
		text += ": " + s.Because
	}
	return text
}

// seenIn says how many lines there are, and since when.
func seenIn(c *explain.Case) string {
	text := "seen in " + count(c.Lines, "line")
	if !c.First.IsZero() {
		text += " since " + verdict.Stamp(c.First)
	}
	if c.Last.Sub(c.First) > time.Hour {
		text += " until " + verdict.Stamp(c.Last)
	}
	return text
}

// places are the groups that have a certificate, with its files.
func places(s *explain.Suspect) string {
	var groups []string
	for _, w := range s.Where[:min(len(s.Where), 3)] {
		name := strings.Trim(w.Deployment+": "+w.Group, ": ")
		text := fmt.Sprintf("%s x %d: %s", name, w.Instances, strings.Join(w.Files[:min(len(w.Files), 3)], ", "))
		if len(w.Files) > 3 {
			text += fmt.Sprintf(" and %d more files", len(w.Files)-3)
		}
		groups = append(groups, strings.TrimPrefix(text, " x 1: "))
	}
	if more := len(s.Where) - 3; more > 0 {
		groups = append(groups, count(more, "more group"))
	}
	if s.InMemory > 0 {
		groups = append(groups, "in processes of "+count(s.InMemory, "instance")+" whose files have another one")
	}
	return strings.Join(groups, "; ")
}

func stored(s explain.Stored, now time.Time) string {
	text := strings.TrimSpace(s.Store+" "+s.Path) + ": "
	if s.Same {
		text += "not renewed, holds the deployed one"
	} else {
		text += "renewed"
		if !s.Since.IsZero() {
			text += " " + verdict.Relative(s.Since, now)
		}
		text += ", until " + verdict.Stamp(s.NotAfter)
	}
	if s.Version > 0 {
		text += fmt.Sprintf(" (version %d)", s.Version)
	}
	return text
}
