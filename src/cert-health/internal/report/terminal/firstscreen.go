package terminal

import (
	"fmt"
	"strings"
	"time"

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

// expired says how many certificates have expired, since when, and how many of them are CAs.
func (t *table) expired() string {
	var first time.Time
	count, cas := 0, 0
	for _, c := range t.report.Certificates {
		if len(c.Findings) == 0 || c.Findings[0].Code != verdict.Expired {
			continue
		}
		count++
		if c.Role != cert.Leaf {
			cas++
		}
		if first.IsZero() || c.NotAfter.Before(first) {
			first = c.NotAfter
		}
	}
	if count == 0 {
		return ""
	}
	return fmt.Sprintf("%d of %d certificates have expired, the first %s (%s). CAs among them: %d.",
		count, len(t.report.Certificates), verdict.Relative(first, t.report.CheckedAt), verdict.Stamp(first), cas)
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
