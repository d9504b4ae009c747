package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"cert-health/internal/check"
	"cert-health/internal/plan"
	"cert-health/internal/repair"
	"cert-health/internal/report"
	"cert-health/internal/verdict"
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

// settle is the time in which a restarted process must serve its certificate.
const settle = 30 * time.Second

// compare shakes hands with the ports of the VM until no process serves an old certificate where it did before, and says
// for each replaced certificate where it is served.
func (w *worker) compare(ctx context.Context, checker *check.Checker, r *repair.Repair, before *report.Report) {
	if !checker.Served {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, settle)
	defer cancel()
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		now, err := checker.Check(ctx)
		if err == nil && now.Served != nil && settled(r, before, now) || ctx.Err() != nil || err != nil {
			w.served(r, before, now, err)
			return
		}
		select {
		case <-ctx.Done():
			w.served(r, before, now, nil)
			return
		case <-ticker.C:
		}
	}
}

// settled tells whether each address that showed an old certificate shows the new one.
func settled(r *repair.Repair, before, now *report.Report) bool {
	for _, replacement := range r.Replacements {
		for _, address := range addresses(before, replacement.Old.Fingerprint.String()) {
			if !slices.Contains(addresses(now, replacement.New.Fingerprint.String()), address) {
				return false
			}
		}
	}
	return true
}

// addresses are those at which a report has seen a certificate.
func addresses(r *report.Report, fingerprint string) (list []string) {
	if r == nil || r.Served == nil {
		return nil
	}
	for _, s := range r.Served.Shown {
		if s.Fingerprint == fingerprint && !slices.Contains(list, s.Address) {
			list = append(list, s.Address)
		}
	}
	return list
}

// served says where each certificate is served.
func (w *worker) served(r *repair.Repair, before, now *report.Report, err error) {
	for _, replacement := range r.Replacements {
		name, end := replacement.New.Name(), replacement.New.NotAfter.UTC().Format("2006-01-02 15:04 UTC")
		current, old := addresses(now, replacement.New.Fingerprint.String()), addresses(now, replacement.Old.Fingerprint.String())
		for _, address := range current {
			w.say("serve", name, plan.Done, address+" shows the new certificate, which is valid until "+end)
		}
		for _, address := range old {
			w.say("serve", name, plan.Failed, address+" still shows the old certificate: restart by hand what listens there")
		}
		silent := 0
		for _, address := range addresses(before, replacement.Old.Fingerprint.String()) {
			if !slices.Contains(current, address) && !slices.Contains(old, address) {
				silent++
				w.say("serve", name, plan.Failed, address+" showed the old certificate and shows neither now: look at the log of its job")
			}
		}
		switch {
		case err != nil:
			w.say("serve", name, plan.Failed, "the ports could not be asked: "+err.Error())
		case len(current)+len(old)+silent == 0:
			w.say("serve", name, plan.Done, "no port of this VM shows it: clients use it, or its port is excluded from handshakes")
		}
	}
}
