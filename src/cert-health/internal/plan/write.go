package plan

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"cert-health/internal/report"
	"cert-health/internal/report/terminal"
	"cert-health/internal/verdict"
)

// maxUsers is how many users of one target are named for people; JSON has all.
const maxUsers = 8

// Write writes the plan for people.
func (p Plan) Write(w io.Writer, style terminal.Style) error {
	out := &writer{w: w, style: style}
	out.line("%s", p.Title)
	for i, act := range p.Acts {
		out.act(i+1, act)
	}
	if len(p.Warnings) > 0 {
		out.line("")
	}
	for _, warning := range p.Warnings {
		out.entry("warning", warning)
	}
	out.after(p)
	return out.err
}

// WriteJSON writes the plan for programs.
func (p Plan) WriteJSON(w io.Writer) error {
	if p.Acts == nil {
		p.Acts = []Act{}
	}
	return encode(w, p)
}

func encode(w io.Writer, value any) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(value); err != nil {
		return fmt.Errorf("write the plan: %w", err)
	}
	return nil
}

// writer writes lines, and remembers the first error.
type writer struct {
	w     io.Writer
	style terminal.Style
	err   error
}

func (w *writer) line(format string, values ...any) {
	if w.err == nil {
		_, w.err = fmt.Fprintln(w.w, report.Printable(fmt.Sprintf(format, values...)))
	}
}

func (w *writer) entry(word, text string) {
	if text != "" && w.err == nil {
		w.err = terminal.Paragraph(w.w, w.style, word, text)
	}
}

func (w *writer) act(number int, a Act) {
	w.line("")
	w.line("%d. %s %s", number, a.Verb, a.Target)
	for _, change := range a.Changes {
		w.entry(change.What, change.String())
	}
	w.entry("signed by", a.SignedBy)
	w.entry("used by", users(a.UsedBy, w.style.Verbose))
	w.entry("why", a.Why)
}

func users(all []string, verbose bool) string {
	if more := len(all) - maxUsers; more > 0 && !verbose {
		return fmt.Sprintf("%s and %d more", strings.Join(all[:maxUsers], ", "), more)
	}
	return strings.Join(all, ", ")
}

// after writes what to know and to do afterwards. A command is not wrapped, so that it can be copied.
func (w *writer) after(p Plan) {
	if len(p.After)+len(p.Steps) > 0 {
		w.line("")
		w.line("afterwards")
	}
	for _, sentence := range p.After {
		w.entry("", sentence)
	}
	words := []string{"next", ""}
	for i, step := range p.Steps {
		w.step(words[min(i, 1)], step)
	}
}

func (w *writer) step(word string, step verdict.Step) {
	if len(step.Run) == 0 {
		w.entry(word, step.Do)
		return
	}
	w.line("  %-10s%s", word, step.String())
}
