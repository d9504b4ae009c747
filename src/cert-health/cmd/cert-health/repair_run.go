package main

import (
	"context"
	"errors"
	"time"

	"cert-health/internal/check"
	"cert-health/internal/plan"
	"cert-health/internal/repair"
	"cert-health/internal/report"
)

// repair repairs certificates, after it has ended what an earlier run did not.
func (w *worker) repair(ctx context.Context, names []string) error {
	if ended, err := w.earlier(ctx); err != nil || ended {
		return err
	}
	checker, err := w.checker()
	if err != nil {
		return err
	}
	before, err := checker.Check(ctx)
	if err != nil {
		return err
	}
	targets, notes, err := w.targets(ctx, before, names)
	if err != nil {
		return err
	}
	if len(targets) == 0 {
		return w.nothing(ctx, before, notes)
	}
	r, err := w.prepared(ctx, checker, targets)
	if err != nil {
		return err
	}
	defer r.Wipe()
	shown := r.Plan(!w.noRestart)
	shown.Warnings = append(shown.Warnings, notes...)
	if proceed, err := w.confirm(ctx, shown); err != nil || !proceed {
		return err
	}
	return w.apply(ctx, checker, r, before)
}

// nothing says why there is nothing to repair. A certificate that has expired and cannot be repaired is a finding.
func (w *worker) nothing(ctx context.Context, r *report.Report, notes []string) error {
	p := plan.Plan{Title: "Nothing to repair: no certificate of this VM is expired or outdated", Warnings: notes}
	if len(notes) > 0 {
		p.Title = "Nothing can be repaired"
	}
	if r.Reference.State != "ok" {
		p.Warnings = append(p.Warnings, "the certificates were not compared with Vault, so that outdated ones are not seen: set VAULT_ADDR and log in")
	}
	if _, err := w.confirm(ctx, p); err != nil {
		return err
	}
	if len(notes) > 0 {
		return errUnserved
	}
	return nil
}

// apply writes the files, restarts the jobs, and compares what they serve.
func (w *worker) apply(ctx context.Context, checker *check.Checker, r *repair.Repair, before *report.Report) error {
	j, err := w.store.Apply(r, time.Now())
	if err != nil {
		return err
	}
	for _, f := range r.Files {
		w.say("write", f.Path, plan.Done, "")
	}
	if !w.noRestart {
		w.restart(ctx, r.Restarts)
	}
	if ctx.Err() != nil {
		return errors.New("interrupted after the files were written: run the command again, which restarts the jobs")
	}
	if err := w.store.Finish(j); err != nil {
		return err
	}
	if !w.noRestart {
		w.compare(ctx, checker, r, before)
	}
	return w.end()
}

// restart restarts processes one after the other.
func (w *worker) restart(ctx context.Context, list []repair.Process) {
	monit := repair.FindMonit(w.root, w.wait)
	for _, process := range list {
		if err := monit.Restart(ctx, process); err != nil {
			w.say("restart", process.Name, plan.Failed, err.Error())
			continue
		}
		w.say("restart", process.Name, plan.Done, "it runs")
	}
}
