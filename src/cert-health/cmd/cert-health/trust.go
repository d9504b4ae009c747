//go:build !vm

package main

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"cert-health/internal/knowledge"
	"cert-health/internal/report/terminal"
	"cert-health/internal/survey"
	"cert-health/internal/trust"
	"cert-health/internal/verdict"
)

// edgeFlags are the flags of the commands that know who talks to whom.
type edgeFlags struct {
	surveyFlags
	knowledge string
}

func (f *edgeFlags) flags(cmd *cobra.Command) {
	f.surveyFlags.flags(cmd)
	f.output(cmd, "table", "json")
	cmd.Flags().StringVar(&f.knowledge, "knowledge", "", "add the edges of this `DIR`: files edges/NAME.yml")
	_ = cmd.MarkFlagDirname("knowledge")
}

// known is what the commands look at, and the edges of it.
func (f *edgeFlags) known(ctx context.Context) (*seen, []knowledge.Edge, error) {
	if err := f.check(); err != nil {
		return nil, nil, err
	}
	edges, err := knowledge.LoadEdges(f.knowledge)
	if err != nil {
		return nil, nil, fmt.Errorf("--knowledge: %w", err)
	}
	s, err := f.load(ctx)
	if err != nil {
		return nil, nil, err
	}
	if s.Local {
		edges = slices.Concat(edges, configured(f.root, edges))
	}
	return s, slices.Concat(edges, trust.Learn(s.Survey, edges)), nil
}

// trustFlags are the flags of trust.
type trustFlags struct {
	edgeFlags
	filter trust.Filter
	after  []string
	order  bool
	all    bool
}

func newTrust(c console) *cobra.Command {
	f := &trustFlags{}
	f.console = c
	cmd := &cobra.Command{
		Use:   "trust",
		Short: "show who can talk to whom, now and after a step",
		Long: `trust compares the certificates and the CAs of all jobs that talk to each
other, on each pair of VM generations that exist now. It says who refuses whom,
why, and what users see. Where a process shows another certificate than its
file, it says both: now, and after a restart.

With --after it shows what a step would change, before it is taken: "remove CA
X" takes a CA out of all bundles, "deploy GROUP" gives the files of a group
what the stores hold, "renew X" gives a certificate a new end. With --order it
looks for an order of deploys that cuts no connection.

It knows the jobs of Cloud Foundry and BOSH, and those of --knowledge. What a
report does not decide is "unknown". See docs/trust.md.

Exit codes: 0 no one is refused, 1 somebody is (or --order finds no such order),
2 it could not tell.`,
		Example: `  cert-health trust --report reports/
  cert-health trust --from rep --to bbs
  cert-health trust --after "deploy diego-cell"
  cert-health trust --order`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd.Context()) },
	}
	f.flags(cmd)
	cmd.Flags().StringVar(&f.filter.From, "from", "", "only connections that this `JOB` opens")
	cmd.Flags().StringVar(&f.filter.To, "to", "", "only connections that this `JOB` accepts")
	cmd.Flags().StringArrayVar(&f.after, "after", nil, "show what would be after this `STEP`: \"remove CA X\", \"deploy GROUP\" or \"renew X\"; repeatable, in order")
	cmd.Flags().BoolVar(&f.order, "order", false, "show in which order the groups can be deployed")
	cmd.Flags().BoolVar(&f.all, "all", false, "list the connections too that are trusted")
	return cmd
}

func (f *trustFlags) run(ctx context.Context) error {
	steps, err := parseSteps(f.after)
	if err != nil {
		return err
	}
	s, edges, err := f.known(ctx)
	if err != nil {
		return err
	}
	before := trust.New(s.Survey, edges)
	after, err := simulate(s.Survey, steps)
	if err != nil {
		return err
	}
	if f.order {
		return f.deployOrder(after, edges)
	}
	view := before
	if len(steps) > 0 {
		view = trust.New(after, edges)
	}
	m := view.Matrix(f.filter)
	if len(m.Edges) == 0 {
		return errNoEdge
	}
	for _, step := range steps {
		m.After = append(m.After, step.String())
	}
	if f.format == "json" {
		err = f.json(m)
	} else {
		err = f.write(func(w io.Writer, style terminal.Style) error {
			return trustPage(w, style, m, trust.Compare(before, view), f.all)
		})
	}
	if err != nil {
		return err
	}
	return f.exceeds(severityOfMatrix(m))
}

// errNoEdge is why nothing can be said about connections.
var errNoEdge = fmt.Errorf("no job that is seen talks to another one as far as is known: check --from and --to, or describe the edges of your platform (docs/trust.md) and name the directory with --knowledge")

func parseSteps(texts []string) ([]trust.Step, error) {
	var steps []trust.Step
	for _, text := range texts {
		step, err := trust.ParseStep(text)
		if err != nil {
			return nil, fmt.Errorf("--after %q: %w", text, err)
		}
		steps = append(steps, step)
	}
	return steps, nil
}

func simulate(s *survey.Survey, steps []trust.Step) (_ *survey.Survey, err error) {
	for _, step := range steps {
		if s, err = trust.Simulate(s, step); err != nil {
			return nil, fmt.Errorf("--after %q: %w", step, err)
		}
	}
	return s, nil
}

// severityOfMatrix is error if somebody is refused, and warning if something is not known.
func severityOfMatrix(m *trust.Matrix) verdict.Severity {
	switch {
	case m.Refused() > 0:
		return verdict.Error
	case m.Counts[trust.Unknown] > 0:
		return verdict.Warning
	}
	return verdict.OK
}

func severityOfStatus(s trust.Status) verdict.Severity {
	switch {
	case s == trust.Expired:
		return verdict.Critical
	case s.Refused():
		return verdict.Error
	case s == trust.Unknown:
		return verdict.Warning
	}
	return verdict.OK
}
