// Package agent puts the parts together: it scans a VM, resolves what it found
// against the reference, has it judged, and makes the report. It is the only
// package that knows all the others.
package agent

import (
	"context"
	"fmt"
	"time"

	"cert-health/internal/cert"
	"cert-health/internal/config"
	"cert-health/internal/discover"
	"cert-health/internal/reference"
	"cert-health/internal/reference/vault"
	"cert-health/internal/report"
	"cert-health/internal/verdict"
)

// Checker checks one VM.
type Checker struct {
	Config config.Config
	Root   string           // stands for "/"; empty is "/"
	Now    func() time.Time // the clock; nil is time.Now
	// Progress, when set, is told what is being done.
	Progress func(what string)
}

// source is what a Checker compares with.
type source interface {
	reference.Historian
	Refresh(ctx context.Context) *reference.Snapshot
}

// Check scans the VM once and reports. An error means that there is nothing to
// report on; a store that cannot be read is part of the report.
func (c *Checker) Check(ctx context.Context) (*report.Report, error) {
	started := time.Now()
	options := c.Config.Discover(c.Root)
	options.Progress = func(files int) { c.progress("%d files", files) }
	inventory, err := discover.Scan(ctx, options)
	if err != nil {
		return nil, err
	}
	instance := c.instance()
	snapshot, history := c.refresh(ctx, instance)
	references := c.resolve(ctx, snapshot, history, inventory.Deployed)
	return c.report(instance, inventory, snapshot, references, started), nil
}

// Inspect reports on single files, wherever they are, without a reference.
func (c *Checker) Inspect(inventory *discover.Inventory) *report.Report {
	return c.report(config.Instance{}, inventory, &reference.Snapshot{State: reference.None}, nil, time.Now())
}

func (c *Checker) now() time.Time {
	if c.Now == nil {
		return time.Now()
	}
	return c.Now()
}

func (c *Checker) progress(format string, values ...any) {
	if c.Progress != nil {
		c.Progress(fmt.Sprintf(format, values...))
	}
}

// refresh asks the source, if there is one.
func (c *Checker) refresh(ctx context.Context, instance config.Instance) (*reference.Snapshot, reference.Historian) {
	if c.Config.Vault.Address == "" {
		return &reference.Snapshot{State: reference.None}, nil
	}
	c.progress("reading Vault")
	source, err := c.source(instance)
	if err != nil {
		return &reference.Snapshot{
			Source: "vault", State: reference.Unavailable, CheckedAt: c.now(), Error: err.Error(),
			Problems: []reference.Problem{{Reason: err.Error()}},
		}, nil
	}
	return source.Refresh(ctx), source
}

// resolve finds the references; what of the history could not be read joins the
// snapshot's problems. All of history has the time that one Refresh has.
func (c *Checker) resolve(ctx context.Context, snapshot *reference.Snapshot, history reference.Historian, deployed []cert.Deployed) map[cert.Fingerprint]cert.Reference {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(c.Config.Vault.Timeout))
	defer cancel()
	references, unseen := reference.Resolve(ctx, snapshot, history, deployed)
	snapshot.Problems = append(snapshot.Problems, unseen...)
	return references
}

func (c *Checker) source(instance config.Instance) (source, error) {
	options, err := c.Config.Source(instance)
	if err != nil {
		return nil, err
	}
	options.Now = c.now
	return vault.New(options)
}

func (c *Checker) report(instance config.Instance, inventory *discover.Inventory, snapshot *reference.Snapshot,
	references map[cert.Fingerprint]cert.Reference, started time.Time) *report.Report {
	now, policy := c.now(), c.Config.Policy()
	who := report.Instance(instance)
	facts := verdict.Facts{
		Deployed: inventory.Deployed, References: references,
		Deployment: who.Deployment, Instance: who.Name(), Now: now,
	}
	troubles, ignored := verdict.JudgeTroubles(append(unreadable(inventory), unavailable(snapshot)...), policy, now)
	return report.Build(report.Contents{
		Instance:   who,
		CheckedAt:  now,
		Duration:   time.Since(started),
		Source:     sourceOf(snapshot),
		Files:      report.Files(inventory.Files),
		Deployed:   inventory.Deployed,
		References: references,
		Judgements: verdict.Judge(facts, policy),
		Troubles:   troubles,
		Ignored:    ignored,
	})
}

func sourceOf(s *reference.Snapshot) report.Source {
	return report.Source{
		Source: s.Source, State: string(s.State), CheckedAt: s.CheckedAt, Error: s.Error,
		Secrets: s.Secrets, Requests: s.Requests,
	}
}
