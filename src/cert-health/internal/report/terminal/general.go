package terminal

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"cert-health/internal/report"
)

// moment is a moment as findings write it: "3 hours ago (2026-11-26 15:03 UTC)".
var moment = regexp.MustCompile(` (?:(?:in )?[0-9]+ [a-z]+(?: ago)?|now) \([0-9-]{10} [0-9:]{5} UTC\)`)

// general replaces what belongs to one certificate alone, its files and its secret, by words
// that are true for others too.
func general(c *report.Certificate, text string) string {
	var pairs []string
	for _, l := range longestFirst(c.Locations) {
		pairs = append(pairs, l.File, "its file")
	}
	if r := c.Reference; r != nil && r.Path != "" && strings.Contains(r.Mount+r.Path, "/") {
		pairs = append(pairs, r.Mount+r.Path, "its secret")
	}
	for _, l := range c.Locations {
		if l.Job != "" {
			pairs = append(pairs, "/var/vcap/jobs/"+l.Job+"/", "its job's ")
		}
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

func longestFirst(locations []report.Location) []report.Location {
	sorted := slices.Clone(locations)
	slices.SortStableFunc(sorted, func(a, b report.Location) int { return len(b.File) - len(a.File) })
	return sorted
}

// shownTexts is how many texts of one kind are told of several certificates. If there are more,
// each certificate has its own beside it.
const shownTexts = 3

// told are the texts of several certificates, each once; empty if there are too many.
type told []string

// common finds the texts that can be told once: as they are, without what belongs to one
// certificate, or also without the moments, which the table has.
func (p *part) common(text func(*report.Certificate) string) told {
	var texts told
	for _, form := range []func(c *report.Certificate) string{
		text,
		func(c *report.Certificate) string { return general(c, text(c)) },
		func(c *report.Certificate) string { return moment.ReplaceAllString(general(c, text(c)), "") },
	} {
		if texts = p.counted(form); len(texts) == 1 {
			return texts
		}
	}
	if len(texts) > shownTexts || len(texts) == len(p.members) {
		return nil
	}
	return texts
}

// counted are the different texts of the members, with the number of members if there are several.
func (p *part) counted(form func(*report.Certificate) string) told {
	var order told
	counts := map[string]int{}
	for _, c := range p.members {
		text := form(c)
		if counts[text]++; counts[text] == 1 {
			order = append(order, text)
		}
		if len(order) > shownTexts {
			return order
		}
	}
	if len(order) > 1 {
		for i, text := range order {
			order[i] = fmt.Sprintf("%d of %d: %s", counts[text], len(p.members), text)
		}
	}
	return order
}

func messageAt(i int) func(*report.Certificate) string {
	return func(c *report.Certificate) string { return c.Findings[i].Message }
}

func whyAt(i int) func(*report.Certificate) string {
	return func(c *report.Certificate) string { return c.Findings[i].Why }
}

// differing are the texts that each certificate has for itself.
func (p *part) differing() (texts []func(*report.Certificate) string) {
	for i := range p.members[0].Findings {
		for _, text := range []func(*report.Certificate) string{messageAt(i), whyAt(i)} {
			if len(p.common(text)) == 0 {
				texts = append(texts, text)
			}
		}
	}
	return texts
}
