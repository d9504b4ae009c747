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
	inventory, err := discover.Scan(ctx, c.discovery())
	if err != nil {
		return nil, err
	}
	instance := c.instance()
	source, err := c.source(instance)
	compared := c.compare(ctx, source, err, inventory.Deployed)
	return c.report(instance, inventory, compared, time.Since(started)), nil
}

// Inspect reports on single files, wherever they are, without a reference.
func (c *Checker) Inspect(inventory *discover.Inventory) *report.Report {
	return c.report(config.Instance{}, inventory, nothingToCompare(), 0)
}

// comparison is what the store said of the deployed certificates.
type comparison struct {
	snapshot   *reference.Snapshot // without its entries
	references map[cert.Fingerprint]cert.Reference
}

func nothingToCompare() comparison {
	return comparison{snapshot: &reference.Snapshot{State: reference.None}}
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

func (c *Checker) discovery() discover.Options {
	options := c.Config.Discover(c.Root)
	options.Progress = func(files int) { c.progress("%d files", files) }
	return options
}

// source prepares Vault; nil when none is configured.
func (c *Checker) source(instance config.Instance) (source, error) {
	if c.Config.Vault.Address == "" {
		return nil, nil
	}
	options, err := c.Config.Source(instance)
	if err != nil {
		return nil, err
	}
	options.Now = c.now
	return vault.New(options)
}

// compare asks the source, which could be prepared or not, about the deployed
// certificates. All of their history has the time that one Refresh has.
func (c *Checker) compare(ctx context.Context, source source, unprepared error, deployed []cert.Deployed) comparison {
	if unprepared != nil {
		return comparison{snapshot: &reference.Snapshot{
			Source: "vault", State: reference.Unavailable, Error: unprepared.Error(),
			Problems: []reference.Problem{{Reason: unprepared.Error()}},
		}}
	}
	if source == nil {
		return nothingToCompare()
	}
	c.progress("reading Vault")
	snapshot := source.Refresh(ctx)
	ctx, cancel := context.WithTimeout(ctx, time.Duration(c.Config.Vault.Timeout))
	defer cancel()
	references, unseen := reference.Resolve(ctx, snapshot, source, deployed)
	snapshot.Problems = append(snapshot.Problems, unseen...)
	// Thousands of entries have served their purpose now.
	snapshot.Entries = nil
	return comparison{snapshot: snapshot, references: references}
}

func (c *Checker) report(instance config.Instance, inventory *discover.Inventory, compared comparison, duration time.Duration) *report.Report {
	now, policy := c.now(), c.Config.Policy()
	who := report.Instance(instance)
	facts := verdict.Facts{
		Deployed: inventory.Deployed, References: compared.references,
		Deployment: who.Deployment, Instance: who.Name(), Now: now,
	}
	troubles := append(unreadable(inventory), unavailable(compared.snapshot)...)
	kept, ignored := verdict.JudgeTroubles(troubles, policy, now)
	return report.Build(report.Contents{
		Instance:   who,
		CheckedAt:  now,
		Duration:   duration,
		Source:     sourceOf(compared.snapshot),
		Files:      report.Files(inventory.Files),
		Deployed:   inventory.Deployed,
		References: compared.references,
		Judgements: verdict.Judge(facts, policy),
		Troubles:   kept,
		Ignored:    ignored,
	})
}

func sourceOf(s *reference.Snapshot) report.Source {
	return report.Source{
		Source: s.Source, State: string(s.State), CheckedAt: s.CheckedAt, Error: s.Error,
		Secrets: s.Secrets, Requests: s.Requests,
	}
}
