package main

import (
	"bytes"
	"io"
	"regexp"
	"strings"

	"cert-health/internal/report"
)

// guard passes on lines of text to a terminal. It escapes every character that could move the
// cursor, change the direction of reading or give the terminal a command, wherever it came from: a
// report can be forged, and so can an answer of Vault. In JSON such characters occur only in strings, and stay the same there.
type guard struct {
	out    io.Writer
	colour bool // the text has the colours of package terminal
	rest   []byte
}

// Write passes on whole lines, and keeps the rest for the next call.
func (g *guard) Write(text []byte) (int, error) {
	g.rest = append(g.rest, text...)
	end := bytes.LastIndexByte(g.rest, '\n') + 1
	if _, err := io.WriteString(g.out, g.clean(string(g.rest[:end]))); err != nil {
		return 0, err
	}
	g.rest = g.rest[:copy(g.rest, g.rest[end:])]
	return len(text), nil
}

// flush passes on an incomplete last line.
func (g *guard) flush() error {
	_, err := io.WriteString(g.out, g.clean(string(g.rest)))
	g.rest = nil
	return err
}

// colours are what package terminal writes. They change nothing but the look of text.
var colours = regexp.MustCompile(`\x1b\[(?:0|1|3[1-6]|1;31)m`)

func (g *guard) clean(text string) string {
	var clean strings.Builder
	for line := range strings.Lines(text) {
		line, newline := strings.CutSuffix(line, "\n")
		for g.colour {
			at := colours.FindStringIndex(line)
			if at == nil {
				break
			}
			clean.WriteString(report.Printable(line[:at[0]]) + line[at[0]:at[1]])
			line = line[at[1]:]
		}
		clean.WriteString(report.Printable(line))
		if newline {
			clean.WriteByte('\n')
		}
	}
	return clean.String()
}
