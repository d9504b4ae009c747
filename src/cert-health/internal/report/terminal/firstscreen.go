package terminal

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"cert-health/internal/report"
)

const (
	// screen is how many lines a reader sees at once.
	screen = 20
	// stepLines is how many lines the steps of the first screen have at most.
	stepLines = 12
	// stepLinesBefore is how many of them are left for what comes before the deploy.
	stepLinesBefore = 6
)

// firstScreen says how many certificates have expired and what to do once, in at most 20 lines
// with the heading. complete means that it has all steps as they are typed. It has no steps if
// there is one trouble whose details are on this screen too: these have the same steps.
func (t *table) firstScreen() (text string, complete bool) {
	if sentence := t.expired(); sentence != "" {
		text = "\n" + wrap("", sentence, t.style.Width)
	}
	p := planOf(pointers(t.report.Certificates), t.labels, t.generations)
	alone := len(p.before()) + len(p.after())
	p.addProblems(t.report.Problems)
	before, after := p.before(), p.after()
	switch {
	case len(before)+len(after) == 0, alone == 0 && len(before)+len(after) == 1:
		return "", false
	case len(before)+len(after) == alone && len(t.troubles) == 1 && t.troubles[0].once() && t.height(text+t.captured(t.lines)+t.captured(t.findings)) < screen:
		return text, false
	}
	text += "\n" + t.palette.bold("What to do, in this order") + "\n"
	if all, complete, ok := t.allSteps(slices.Concat(before, after)); ok {
		return text + all, complete
	}
	return text + t.captured(func() { t.steps(before, after) }), false
}

// allSteps are all steps as they are typed, unless they need more lines than there are.
func (t *table) allSteps(lines []line) (text string, complete, ok bool) {
	complete = true
	left := stepLines
	for i, l := range lines {
		written := t.step(i+1, l, math.MaxInt)
		complete = complete && (!l.compound || t.height(written) == 1)
		if left -= t.height(written); left < 0 {
			return "", false, false
		}
		text += written
	}
	return text, complete, true
}

func pointers(certificates []report.Certificate) []*report.Certificate {
	list := make([]*report.Certificate, len(certificates))
	for i := range certificates {
		list[i] = &certificates[i]
	}
	return list
}

// steps writes the steps. Those that do not fit are counted, and the details list them. What
// comes before the deploy and what comes behind it share the lines.
func (t *table) steps(before, after []line) {
	number, left := 0, stepLines
	write := func(lines []line, room int) {
		for i, l := range lines {
			text := t.step(number+1, l, room)
			need := t.height(text)
			if i < len(lines)-1 {
				need++ // for the line that counts the rest
			}
			if need > room {
				t.print("     and %d more: see below\n", len(lines)-i)
				number, left = number+len(lines)-i, left-1
				return
			}
			t.print("%s", text)
			number, room, left = number+1, room-t.height(text), left-t.height(text)
		}
	}
	behind := 0
	for _, l := range after {
		if behind += t.height(t.step(1, l, stepLines)); behind >= stepLines {
			break
		}
	}
	write(before, stepLines-min(behind, stepLines-stepLinesBefore))
	write(after, left)
}

// height is the number of lines that text has on the terminal.
func (t *table) height(text string) int {
	lines := 0
	for line := range strings.Lines(text) {
		lines += max(1, (columnsOf(line)+t.style.Width-2)/t.style.Width)
	}
	return lines
}

// step is a numbered step in at most room lines, if possible. A command stays in one line, so that
// it can be copied. A loop that has no room is described.
func (t *table) step(number int, l line, room int) string {
	lead := fmt.Sprintf("%3d. ", number)
	text := l.text
	switch {
	case l.command && l.brief != "" && t.height(lead+text) > min(room-1, stepLinesBefore):
		text = l.brief
	case l.command:
		return lead + report.Printable(text) + "\n"
	case room < math.MaxInt:
		text = t.brief(text)
	default:
		text = t.tailless(text)
	}
	return wrap(lead, report.Printable(text), t.style.Width)
}
