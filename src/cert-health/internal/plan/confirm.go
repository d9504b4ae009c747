package plan

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"cert-health/internal/report/terminal"
)

// The reasons why nothing is done. A command ends with exit code 2 for both.
var (
	ErrUnattended = errors.New("nothing was changed: no one can be asked here, because this is not a terminal: read the plan, and run the command again with --yes")
	ErrDeclined   = errors.New("nothing was changed: the plan was not confirmed")
)

// Options say how a plan is shown, and who confirms it.
type Options struct {
	DryRun bool // show the plan, and do nothing
	Yes    bool // the plan is confirmed already
	JSON   bool // the plan is for a program

	In       io.Reader
	Out      io.Writer // where the plan is written
	Ask      io.Writer // where the question is written; nil is Out
	Terminal bool      // a person reads Out or Ask, and types into In
	Style    terminal.Style
}

// Confirm shows the plan and tells whether to go on. It does not go on without an error for a dry run and for a
// plan without acts. With Yes and JSON it writes nothing: the command writes an Outcome, which has the plan.
func Confirm(ctx context.Context, p Plan, o Options) (proceed bool, err error) {
	if !o.JSON || !o.Yes || o.DryRun || p.Empty() {
		if err := o.show(p); err != nil {
			return false, err
		}
	}
	switch {
	case p.Empty():
		return false, nil
	case o.DryRun:
		return false, o.say("\ndry run: nothing was changed\n")
	case o.Yes:
		return true, nil
	case !o.Terminal || o.JSON:
		return false, ErrUnattended
	}
	return o.ask(ctx)
}

func (o Options) show(p Plan) error {
	switch {
	case o.JSON && o.DryRun, o.JSON && p.Empty():
		return Outcome{Plan: p, DryRun: o.DryRun}.WriteJSON(o.Out)
	case o.JSON:
		return Outcome{Plan: p, Refused: ErrUnattended.Error()}.WriteJSON(o.Out)
	}
	return p.Write(o.Out, o.Style)
}

// say writes a line for people.
func (o Options) say(text string) error {
	if o.JSON {
		return nil
	}
	_, err := io.WriteString(o.Out, text)
	return err
}

// ask asks the person at the terminal. Reading from a terminal cannot be interrupted, so when ctx ends first, the
// goroutine ends with the program.
func (o Options) ask(ctx context.Context) (bool, error) {
	out := o.Ask
	if out == nil {
		out = o.Out
	}
	if _, err := io.WriteString(out, "\nGo on? [y/N] "); err != nil {
		return false, fmt.Errorf("ask on the terminal: %w", err)
	}
	answers := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(io.LimitReader(o.In, maxAnswer)).ReadString('\n')
		answers <- line
	}()
	select {
	case <-ctx.Done():
		_, _ = io.WriteString(out, "\n")
		return false, ErrDeclined
	case answer := <-answers:
		switch strings.ToLower(strings.TrimSpace(answer)) {
		case "y", "yes":
			return true, nil
		}
		return false, ErrDeclined
	}
}

// maxAnswer is the longest answer that is read, in bytes.
const maxAnswer = 1 << 10
