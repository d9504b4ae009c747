package main

import (
	"os"

	"golang.org/x/term"
)

// attended tells whether a person reads what the command writes, and can answer.
func (c console) attended() bool {
	in, isFile := c.in.(*os.File)
	_, shown := terminalOf(c.out)
	return shown && isFile && term.IsTerminal(int(in.Fd()))
}
