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
	"cert-health/internal/report"
	"cert-health/internal/served"
	"cert-health/internal/vault/source"
	"cert-health/internal/verdict"
)

// Checker checks one VM.
type Checker struct {
	Config config.Config
	Root   string           // stands for "/"; empty is "/"
	Now    func() time.Time // the clock; nil is time.Now
	// Served has Check look at what the VM's processes show, too, whether Config has the
	// agent do so or not.
	Served bool
	// Progress, when set, is told what is being done.
	Progress func(what string)

	signings verdict.Signings // from report to report
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
	seen := c.lookOnce(ctx, inventory.Deployed)
	compared := c.compareOnce(ctx, instance, lookedUp(inventory, seen.standings(inventory.Deployed)))
	return c.report(instance, inventory, compared, seen, time.Since(started)), nil
}

// lookOnce looks at what processes show, where that is wanted.
func (c *Checker) lookOnce(ctx context.Context, deployed []cert.Deployed) observation {
	if !c.Served {
		return observation{}
	}
	c.progress("asking the VM's processes")
	w := c.watch()
	if w == nil {
		return observation{problems: []served.Problem{{What: "/proc", Reason: "there are files and no running VM below this root: its processes cannot be asked"}}}
	}
	return w.look(ctx, deployed, nil)
}

// Inspect reports on single files, wherever they are, without a reference.
func (c *Checker) Inspect(inventory *discover.Inventory) *report.Report {
	return c.report(config.Instance{}, inventory, nothingToCompare(), observation{}, 0)
}

// compareOnce asks Vault as often as it answers: whoever asks once waits for it.
func (c *Checker) compareOnce(ctx context.Context, instance config.Instance, deployed []cert.Deployed) comparison {
	if c.Config.Vault.Address == "" {
		return nothingToCompare()
	}
	options, err := c.Config.Source(instance)
	if err != nil {
		return unprepared(err)
	}
	options.KV.Rate = 0
	source, err := source.New(options)
	if err != nil {
		return unprepared(err)
	}
	c.progress("reading Vault")
	ctx, cancel := context.WithTimeout(ctx, options.Timeout)
	defer cancel()
	knowledge, answer := reference.Follow(source, instance.Deployment, nil, time.Now).Ask(ctx, deployed)
	return comparison{knowledge: knowledge, answer: *answer, source: "vault"}
}

// comparison is what is known of the store, and what it said when it was last asked.
type comparison struct {
	source    string               // "vault"; empty when there is none
	knowledge *reference.Knowledge // nil when there is no store
	answer    reference.Answer     // without its secrets
	// requestsDay counts the requests of the last 24 hours.
	requestsDay int
}

func nothingToCompare() comparison {
	return comparison{answer: reference.Answer{State: reference.None}}
}

// unprepared is what is known when there is no way to ask.
func unprepared(err error) comparison {
	return comparison{source: "vault", knowledge: &reference.Knowledge{}, answer: unavailableFor(err.Error())}
}

func unavailableFor(reason string) reference.Answer {
	return reference.Answer{State: reference.Unavailable, Error: reason, Problems: []reference.Problem{{Reason: reason}}}
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

func (c *Checker) report(instance config.Instance, inventory *discover.Inventory, compared comparison, seen observation,
	duration time.Duration) *report.Report {
	now, policy := c.now(), c.Config.Policy()
	who := report.Instance(instance)
	if c.signings == nil {
		c.signings = verdict.Signings{}
	}
	standings := seen.standings(inventory.Deployed)
	facts := verdict.Facts{
		Deployed: inventory.Deployed, References: compared.references(lookedUp(inventory, standings), who.Deployment),
		Mismatches: inventory.Mismatches, Standings: standings, Arrivals: seen.arrivals, Processes: seen.processes,
		Deployment: who.Deployment, Instance: who.Name(), Now: now, Signings: c.signings,
	}
	troubles := append(unreadable(inventory), unavailable(&compared.answer)...)
	troubles = append(troubles, ending(&compared.answer, inventory, policy, now)...)
	troubles = append(troubles, unseen(seen.problems)...)
	troubles = append(troubles, verdict.JudgeCRLs(inventory.CRLs, facts, policy)...)
	troubles = append(troubles, verdict.JudgeInstanceIdentities(inventory.Identities, facts)...)
	kept, ignored := verdict.JudgeProblems(troubles, policy, now)
	return report.Build(report.Contents{
		Instance:   who,
		CheckedAt:  now,
		Duration:   duration,
		Source:     compared.describe(),
		Files:      report.Files(inventory.Files),
		Deployed:   inventory.Deployed,
		References: facts.References,
		Looked:     seen.made,
		Listeners:  seen.listeners,
		Standings:  standings,
		Judgements: verdict.Judge(facts, policy),
		Troubles:   kept,
		Ignored:    ignored,
	})
}

// references are what is known of the deployed certificates; none without a store.
func (c comparison) references(deployed []cert.Deployed, deployment string) map[cert.Fingerprint]cert.Reference {
	if c.knowledge == nil {
		return nil
	}
	return c.knowledge.Resolve(deployed, deployment)
}

// describe says what was compared with. A store that does not answer is as old as its
// last answer.
func (c comparison) describe() report.Source {
	source := report.Source{
		Source: c.source, State: string(c.answer.State), CheckedAt: c.answer.CheckedAt, Error: c.answer.Error,
		Mode: c.answer.Access.Mode, MayReadData: c.answer.Access.ReadData,
		Secrets: c.answer.Read, Requests: c.answer.Requests, RequestsDay: c.requestsDay,
	}
	if c.answer.State == reference.Unavailable {
		source.CheckedAt = c.knowledge.CheckedAt
	}
	return source
}
