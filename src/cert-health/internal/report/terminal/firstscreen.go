package terminal

import (
	"fmt"
	"slices"
	"strings"

	"cert-health/internal/cert"
	"cert-health/internal/report"
	"cert-health/internal/verdict"
)

// stepLines is how many lines the steps of the first screen have at most.
const stepLines = 12

// firstScreen says how many certificates have expired and what to do once, in at most 20
// lines with the heading, if there are several findings.
func (t *table) firstScreen() {
	findings := 0
	for _, c := range t.report.Certificates {
		findings += len(c.Findings)
	}
	p := planOf(t.report.Certificates)
	if before, after := p.before(), p.after(); findings >= 3 && len(before)+len(after) > 0 {
		if text := t.expired(); text != "" {
			t.print("\n%s", wrap("", text, t.style.Width))
		}
		t.title("What to do, in this order")
		t.steps(before, after)
	}
}

// expired says how many certificates have expired, since when, how many of them are CAs, and
// how many the source holds renewed, if it was asked about any.
func (t *table) expired() string {
	all := t.report.Certificates
	ended := slices.DeleteFunc(slices.Clone(all), func(c report.Certificate) bool {
		return !slices.ContainsFunc(c.Findings, func(f report.Finding) bool { return f.Code == verdict.Expired })
	})
	if len(ended) == 0 {
		return ""
	}
	first := slices.MinFunc(ended, func(a, b report.Certificate) int { return a.NotAfter.Compare(b.NotAfter) }).NotAfter
	text := fmt.Sprintf("%d of %d certificates have expired, the first %s (%s). CAs among them: %d.",
		len(ended), len(all), verdict.Relative(first, t.report.CheckedAt), verdict.Stamp(first), countIf(ended, func(c report.Certificate) bool { return c.Role != cert.Leaf }))
	if countIf(ended, func(c report.Certificate) bool { return c.Reference != nil }) > 0 {
		text += fmt.Sprintf(" Renewed in %s: %d.", sourceName(t.report.Reference), countIf(ended, t.renewed))
	}
	return text
}

// renewed tells whether the source holds another certificate, which has not expired.
func (t *table) renewed(c report.Certificate) bool {
	r := c.Reference
	return r != nil && r.State == cert.Stale && (r.NotAfter.IsZero() || r.NotAfter.After(t.report.CheckedAt))
}

func countIf(certificates []report.Certificate, match func(report.Certificate) bool) int {
	count := 0
	for _, c := range certificates {
		if match(c) {
			count++
		}
	}
	return count
}

// steps writes the steps. Renewals that do not fit are counted, and the details list them. What
// comes behind them is always written.
func (t *table) steps(before, after []string) {
	left := stepLines - 1
	for i, text := range after {
		after[i] = t.step(len(before)+i+1, text)
		left -= t.height(after[i])
	}
	for i, text := range before {
		line := t.step(i+1, text)
		if left -= t.height(line); left < 0 {
			t.print("     and %d more: see below\n", len(before)-i)
			break
		}
		t.print("%s", line)
	}
	t.print("%s", strings.Join(after, ""))
}

// height is the number of lines that text has on the terminal.
func (t *table) height(text string) int {
	lines := 0
	for line := range strings.Lines(text) {
		lines += max(1, (columnsOf(line)+t.style.Width-2)/t.style.Width)
	}
	return lines
}

// step is a numbered step. A command stays in one line, so that it can be copied.
func (t *table) step(number int, text string) string {
	lead := fmt.Sprintf("%3d. ", number)
	if strings.HasPrefix(text, "for s in ") || strings.HasPrefix(text, "safe ") {
		return lead + report.Printable(text) + "\n"
	}
	return wrap(lead, report.Printable(text), t.style.Width)
}
