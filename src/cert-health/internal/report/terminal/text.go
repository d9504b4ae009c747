package terminal

import (
	"strings"

	"cert-health/internal/verdict"
)

// fit pads or cuts text to a width. keepEnd cuts the beginning instead of the end: the end
// of a path says more than its beginning.
type fit struct {
	width   int
	keepEnd bool
}

func (f fit) apply(text string) string {
	columns := columnsOf(text)
	switch {
	case columns <= f.width:
	case f.width <= 1:
		text = head(text, f.width)
	case f.keepEnd:
		text = "…" + tail(text, f.width-1)
	default:
		text = head(text, f.width-1) + "…"
	}
	return text + strings.Repeat(" ", max(0, f.width-columnsOf(text)))
}

// wrap breaks text at spaces into lines of at most width columns. The first line begins with
// lead, the others with as many spaces. A word that is longer than a line stays whole, so
// that it can be copied.
func wrap(lead, text string, width int) string {
	indent := strings.Repeat(" ", columnsOf(lead))
	var out strings.Builder
	line, column := lead, columnsOf(lead)
	empty := true
	for word := range strings.FieldsSeq(text) {
		length := columnsOf(word)
		if !empty && column+1+length > width {
			out.WriteString(line + "\n")
			line, column, empty = indent, len(indent), true
		}
		if !empty {
			line, column = line+" ", column+1
		}
		line, column, empty = line+word, column+length, false
	}
	out.WriteString(line + "\n")
	return out.String()
}

// palette colours text, if it is on.
type palette struct{ on bool }

func (p palette) severity(s verdict.Severity, text string) string {
	switch s {
	case verdict.Critical:
		return p.paint("1;31", text)
	case verdict.Error:
		return p.paint("31", text)
	case verdict.Warning:
		return p.paint("33", text)
	case verdict.Info:
		return p.paint("36", text)
	}
	return p.paint("32", text)
}

func (p palette) bold(text string) string { return p.paint("1", text) }

func (p palette) paint(code, text string) string {
	if !p.on {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}
