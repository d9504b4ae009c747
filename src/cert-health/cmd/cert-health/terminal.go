package main

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"golang.org/x/term"

	"cert-health/internal/report/terminal"
)

// defaultWidth is that of the table when nobody tells: a log, a mail, a pager.
const defaultWidth = 80

// style suits the table to where it goes.
func (c console) style(healthy bool) terminal.Style {
	style := terminal.Style{Width: defaultWidth, Healthy: healthy}
	if columns, err := strconv.Atoi(c.env("COLUMNS")); err == nil && columns > 0 {
		style.Width = columns
	}
	if fd, ok := terminalOf(c.out); ok {
		style.Colour = c.env("NO_COLOR") == "" && c.env("TERM") != "dumb"
		if width, _, err := term.GetSize(fd); err == nil && width > 0 {
			style.Width = width
		}
	}
	return style
}

// terminalOf returns the file descriptor of a terminal.
func terminalOf(w io.Writer) (int, bool) {
	file, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return 0, false
	}
	return int(file.Fd()), true
}

// progressAfter is how long work may take before it is worth a line.
const progressAfter = 500 * time.Millisecond

// progress shows on a terminal what long work is at. It returns the function to
// call with each step, nil where there is no terminal, and the one that takes the
// line away.
func (c console) progress() (step func(string), done func()) {
	if _, ok := terminalOf(c.err); !ok {
		return nil, func() {}
	}
	started, shown := time.Now(), false
	step = func(what string) {
		if time.Since(started) > progressAfter {
			shown = true
			fmt.Fprintf(c.err, "\r\x1b[K%s…", what)
		}
	}
	return step, func() {
		if shown {
			fmt.Fprint(c.err, "\r\x1b[K")
		}
	}
}
