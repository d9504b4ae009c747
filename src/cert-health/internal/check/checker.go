// Package check makes one check of one VM: it scans the files, compares them with the
// source, shakes hands with the VM's processes, has the results judged, and builds the
// report. The operator's commands call it once, the agent calls it again and again.
package check

import (
	"context"
	"fmt"
	"slices"
	"time"

	"cert-health/internal/budget"
	"cert-health/internal/cert"
	"cert-health/internal/config"
	"cert-health/internal/discover"
	"cert-health/internal/report"
	"cert-health/internal/verdict"
)

// Checker checks one VM. It is not safe for concurrent use.
type Checker struct {
	Config config.Config
	Root   string           // stands for "/"; empty is "/"
	Only   []string         // the files and directories to scan; empty is those of the VM
	Now    func() time.Time // the clock; nil is time.Now
	// Served makes Check ask the VM's processes too, whether or not Config enables that
	// for the agent.
	Served bool
	// Progress, when set, is called with the current activity.
	Progress func(activity string)

	refused  string           // of the last Check
	signings verdict.Signings // verified signatures, kept from report to report
}

// Results are what a check has found out, before they are judged.
type Results struct {
	Instance    report.Instance
	Inventory   *discover.Inventory
	Comparison  Comparison
	Observation Observation
	Duration    time.Duration // of the scan
	// Overdue is when the scan began that should be completed by now; otherwise zero. Inventory is
	// then the result of the scan before it.
	Overdue time.Time
}

// Check checks the VM once and returns the report. An error means that there is nothing
// to report on; a source that cannot be read is part of the report.
func (c *Checker) Check(ctx context.Context) (*report.Report, error) {
	started := time.Now()
	inventory, err := discover.Scan(ctx, c.discovery())
	if err != nil {
		return nil, err
	}
	r := Results{Instance: c.Instance(), Inventory: inventory, Observation: c.observeOnce(ctx, inventory.Deployed)}
	r.Comparison = c.compareOnce(ctx, r.Instance, r.Observation.ToCompare(inventory))
	c.refused = r.Comparison.Answer.Refused
	r.Duration = time.Since(started)
	return c.Report(ctx, r), nil
}

// Refused is why the source refused a credential or a configured path in the last Check. It is
// empty if the source refused none, or did not answer.
func (c *Checker) Refused() string { return c.refused }

// Inspect reports on single files, wherever they are, without a source.
func (c *Checker) Inspect(ctx context.Context, inventory *discover.Inventory) *report.Report {
	return c.Report(ctx, Results{Inventory: inventory, Comparison: NotCompared()})
}

// Scanner returns a scanner of the VM's files, which reads only the files that changed
// since its last scan.
func (c *Checker) Scanner() *discover.Scanner { return discover.NewScanner(c.discovery()) }

// Report judges the results and builds the report. If ctx ends, the report is incomplete.
func (c *Checker) Report(ctx context.Context, r Results) *report.Report {
	now, policy := c.now(), c.Config.Policy()
	claims := budget.New().Until(ctx)
	instance, states := r.Instance, r.Observation.states(r.Inventory.Deployed, claims)
	if c.signings == nil {
		c.signings = verdict.Signings{}
	}
	meter := budget.New().Until(ctx)
	facts := verdict.Facts{
		Deployed: r.Inventory.Deployed, References: r.Comparison.references(toCompare(r.Inventory, states), instance.Deployment),
		Source: r.Comparison.Remedies, Unanswered: r.Comparison.Unanswered(), Mismatches: r.Inventory.Mismatches, Keys: r.Inventory.Keys, Served: states, Arrivals: r.Observation.Earlier.Arrivals, Processes: r.Observation.Processes,
		Deployment: instance.Deployment, Instance: instance.Name(), Now: now, Signings: c.signings, Budget: meter,
		DeployCommand: c.Config.Deploy(instance), Drains: c.drains(r.Inventory.Deployed),
	}
	judgements := verdict.Judge(facts, policy)
	all := append(append(problems(&r, facts, policy), excesses(meter)...), excessiveClaims(claims)...)
	kept, ignored := verdict.JudgeProblems(all, policy, now)
	return report.Build(report.Contents{
		Instance:   instance,
		CheckedAt:  now,
		Duration:   r.Duration,
		Source:     r.Comparison.describe(),
		Files:      report.Files(r.Inventory.Files),
		Deployed:   r.Inventory.Deployed,
		References: facts.References,
		Looked:     r.Observation.Made,
		Listeners:  r.Observation.Listeners,
		Served:     states,
		Judgements: judgements,
		Problems:   kept,
		Ignored:    ignored,
		Exceeded:   meter.Exceeded(),
	})
}

// Forget drops what is kept from report to report.
func (c *Checker) Forget() { c.signings = nil }

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
	options.Only = c.Only
	options.Progress = func(files int) { c.progress("%d files", files) }
	return options
}

// toCompare returns the certificates to look up in the source: those in the files, and
// those that are served in place of one of them.
func toCompare(inventory *discover.Inventory, states []verdict.ServedState) []cert.Deployed {
	all := slices.Clip(inventory.Compared())
	for _, s := range states {
		if s.Stale() {
			all = append(all, cert.Deployed{Certificate: s.Certificate, Role: s.Newer.Role})
		}
	}
	return all
}
