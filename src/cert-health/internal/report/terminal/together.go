package terminal

import (
	"slices"
	"strings"

	"cert-health/internal/cert"
	"cert-health/internal/report"
)

// together is the paragraph of several certificates: what is wrong with each kind of them, the
// steps for all, and where they are.
func (t *table) together(one *trouble) {
	first := one.parts[0].members[0]
	title := t.labels[first.Fingerprint].String()
	if len(one.parts[0].members) > 1 {
		title = t.many(one.parts[0])
	}
	if rest := len(one.members()) - len(one.parts[0].members); rest > 0 {
		title += " and " + count(rest, "certificate") + " below it"
	}
	t.title(title + " " + codes(first))
	for i, p := range one.parts {
		t.part(p, i)
	}
	if !t.told {
		t.steplist(planOf(one.members(), t.labels, t.generations))
	}
	word := "at"
	for _, p := range one.parts {
		t.places(p, word)
		word = ""
	}
}

// many names several certificates.
func (t *table) many(p *part) string {
	noun := "certificate"
	if p.members[0].Role != cert.Leaf {
		noun = "CA"
	}
	return count(len(p.members), noun)
}

// part writes what is wrong with certificates whose findings are equal.
func (t *table) part(p *part, index int) {
	first := p.members[0]
	if index > 0 {
		text := t.labels[first.Fingerprint].String()
		if len(p.members) > 1 {
			text = t.many(p)
		}
		t.entry("and", text+" "+codes(first))
	}
	for i, f := range first.Findings {
		messages := p.common(messageAt(i))
		if len(messages) == 0 {
			messages = told{f.Code.Title() + ": see each certificate"}
		}
		for _, message := range messages {
			t.severity(f.Severity, t.tailless(message))
		}
		for _, why := range p.common(whyAt(i)) {
			if why != "" {
				t.entry("why", t.tailless(why))
			}
		}
	}
}

// steplist writes the steps of a plan, one in each line.
func (t *table) steplist(p *plan) {
	word := "next"
	for _, l := range slices.Concat(p.before(), p.after()) {
		t.stepline(word, l.text, l.command)
		word = ""
	}
}

// places writes where each certificate is, and what differs from the others.
func (t *table) places(p *part, word string) {
	differing := p.differing()
	for _, c := range p.members {
		where := t.labels[c.Fingerprint].String() + ": " + t.somePlaces(c.Locations, c.MoreLocations)
		if r := c.Reference; t.style.Verbose && r != nil && r.Path != "" {
			where += "; secret: " + r.Mount + r.Path
		}
		t.entry(word, where)
		word = ""
		for _, text := range differing {
			if own := text(c); own != "" {
				t.print("%s", wrap(strings.Repeat(" ", 14), report.Printable(t.tailless(own)), t.style.Width))
			}
		}
	}
}
