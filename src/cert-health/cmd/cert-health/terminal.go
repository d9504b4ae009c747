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

// defaultWidth is the width of a table whose reader is not known: a log, a mail, a pager.
const defaultWidth = 80

// style adapts the table to where it is written.
func (c console) style(verbose bool) terminal.Style {
	style := terminal.Style{Width: defaultWidth, Verbose: verbose}
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

// progressAfter is how long work takes before a progress line is shown.
const progressAfter = 500 * time.Millisecond

// progress shows the progress of long work on a terminal. It returns a function to call
// with each step, or nil without a terminal, and a function that removes the line.
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

// say writes for people, beside the output.
func (c console) say(format string, values ...any) {
	fmt.Fprintln(c.err, new(guard).clean(fmt.Sprintf(format, values...)))
}
