package main

import (
	"cert-health/internal/check"
	"cert-health/internal/plan"
	"cert-health/internal/repair"
	"cert-health/internal/report"
	"context"
	"slices"
	"time"
)

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
