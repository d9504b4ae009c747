package main

import (
	"cert-health/internal/plan"
	"cert-health/internal/repair"
	"cert-health/internal/verdict"
	"context"
	"errors"
	"fmt"
)

// earlier ends a repair that a killed program left: files that were written in part come back, and jobs that were not
// restarted are. It tells whether the command has done its work with that.
func (w *worker) earlier(ctx context.Context) (ended bool, err error) {
	last, err := w.store.Last()
	switch {
	case err != nil || last == nil:
		return false, err
	case last.Unfinished():
		p := last.Plan(false)
		p.Steps, p.After = nil, []string{"the repair begins anew after that"}
		if proceed, err := w.confirm(ctx, p); err != nil || !proceed {
			return true, err
		}
		_, outcome, err := w.store.Recover()
		w.restored(outcome)
		return false, err
	case last.Progress == repair.Written && len(last.Restarts) > 0:
		p := plan.Plan{Title: "Restart the jobs of the repair of " + last.At.UTC().Format("2006-01-02 15:04 UTC") + ", which ended before that"}
		for _, process := range last.Restarts {
			p.Acts = append(p.Acts, plan.Act{Verb: "restart", Target: process.Name})
			p.Steps = append(p.Steps, verdict.Run("monit", "restart", process.Name))
		}
		if w.noRestart {
			p.Acts = nil
		}
		if proceed, err := w.confirm(ctx, p); err != nil || !proceed && !w.noRestart || w.dryRun {
			return true, err
		}
		if !w.noRestart {
			w.restart(ctx, last.Restarts)
		}
		return true, errors.Join(w.store.Finish(last), w.end())
	}
	return false, nil
}

// undo brings back the files of before the last repair.
func (w *worker) undo(ctx context.Context) error {
	last, err := w.store.Last()
	if err != nil {
		return err
	}
	if last == nil {
		return fmt.Errorf("there is nothing to undo: %s holds no repair that is in force", repair.Directory)
	}
	if proceed, err := w.confirm(ctx, last.Plan(!w.noRestart)); err != nil || !proceed {
		return err
	}
	outcome, err := w.store.Undo(last)
	w.restored(outcome)
	if err != nil {
		return err
	}
	if !w.noRestart && len(outcome.Restored) > 0 {
		w.restart(ctx, last.Restarts)
	}
	return w.end()
}

// restored says what became of each file.
func (w *worker) restored(o repair.Outcome) {
	for _, file := range o.Restored {
		w.say("bring back", file, plan.Done, "")
	}
	for _, file := range o.Deployed {
		w.say("bring back", file, plan.Done, "a deploy has replaced it since, and it stays as the deploy brought it")
	}
	for _, file := range o.Foreign {
		w.say("bring back", file, plan.Failed, "another process changed it since, and it stays as it is: its old contents are below "+repair.Directory)
	}
	for _, file := range o.Found {
		w.say("keep", file, plan.Done, "a temporary file held what neither the repair nor the job wrote")
	}
}
