package main

import (
	"cert-health/internal/plan"
	"cert-health/internal/repair"
	"context"
	"fmt"
	"os"

	"golang.org/x/term"
)

// worker is one run of the command.
type worker struct {
	*repairFlags
	store   *repair.Store
	out     *guard
	outcome plan.Outcome
}

// confirm shows a plan, and asks.
func (w *worker) confirm(ctx context.Context, p plan.Plan) (bool, error) {
	_, reads := terminalOf(w.console.out)
	in, types := w.console.in.(*os.File)
	style := w.console.style(false)
	w.out.colour = style.Colour
	w.outcome.Plan = p
	return plan.Confirm(ctx, p, plan.Options{DryRun: w.dryRun, Yes: w.yes, JSON: w.format == "json", In: w.console.in, Out: w.out, Ask: w.console.out,
		Terminal: reads && types && term.IsTerminal(int(in.Fd())), Style: style})
}

// say writes one line of progress for people, and keeps it as a result for programs.
func (w *worker) say(verb, target string, state plan.State, detail string) {
	w.outcome.Results = append(w.outcome.Results, plan.Result{Verb: verb, Target: target, State: state, Detail: detail})
	if w.format == "json" {
		return
	}
	line := fmt.Sprintf("%-9s %s %s", state, verb, target)
	if detail != "" {
		line += ": " + detail
	}
	fmt.Fprintln(w.out, line)
}

// end writes the result for programs, and decides about the exit code.
func (w *worker) end() error {
	if w.format == "json" {
		if err := w.outcome.WriteJSON(w.out); err != nil {
			return err
		}
	}
	if w.outcome.Failed() {
		return errUnserved
	}
	return nil
}
