//go:build !vm

package main

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"cert-health/internal/hubclient"
	"cert-health/internal/report/terminal"
	"cert-health/internal/verdict"
)

func newDashboard(c console) *cobra.Command {
	f := &hubFlags{console: c}
	cmd := &cobra.Command{
		Use:     "dashboard",
		Aliases: []string{"dash"},
		Short:   "show what needs attention first, and the numbers",
		Args:    cobra.NoArgs,
		GroupID: hubGroup,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := f.check(); err != nil {
				return err
			}
			client, err := f.client()
			if err != nil {
				return err
			}
			s, err := client.Summary(cmd.Context())
			if err != nil {
				return err
			}
			fleet, err := client.Fleet(cmd.Context(), url.Values{"limit": {"1"}}, func(int, int) {})
			if errors.Is(err, hubclient.ErrNoFleet) {
				fleet, err = &hubclient.Fleet{}, nil
			}
			if err != nil {
				return err
			}
			return f.dashboard(&s, fleet)
		},
	}
	f.output(cmd, "table", "json")
	return cmd
}

func (f *hubFlags) dashboard(s *hubclient.Summary, fleet *hubclient.Fleet) error {
	var err error
	if f.format == "json" {
		err = f.json(s)
	} else {
		err = f.write(func(w io.Writer, style terminal.Style) error { return dashboardPage(w, style, s, fleet, time.Now()) })
	}
	if err != nil {
		return err
	}
	return f.exceeds(max(s.Severity(), fleet.Severity))
}

func dashboardPage(w io.Writer, style terminal.Style, s *hubclient.Summary, fleet *hubclient.Fleet, now time.Time) error {
	p := &page{w: w, style: style}
	p.line("%s%s", count(s.Total, "certificate"), states(s.Counts))
	var sources []string
	for _, state := range []string{"failing", "stale", "partial", "never", "ok"} {
		if n := s.Sources[state]; n > 0 {
			sources = append(sources, fmt.Sprintf("%d %s", n, state))
		}
	}
	p.line("sources: %s", strings.Join(sources, ", "))
	p.instances(fleet)
	if len(s.Worst) == 0 {
		p.line("\nNo certificate of the sources needs attention.")
	} else {
		p.line("")
		if p.err == nil {
			p.err = certificateTable(s.Worst, now).Write(w, style)
		}
		first := s.Worst[0]
		p.line("\nFirst %s:", first.Name)
		p.findings(first.Findings[:min(len(first.Findings), 1)])
	}
	if len(s.Problems) > 0 {
		p.line("\nBeyond the certificates:")
	}
	p.findings(s.Problems)
	return p.err
}

// instances writes the worst on instances, if agents report or a Director lists them.
func (p *page) instances(fleet *hubclient.Fleet) {
	if !fleet.Configured {
		return
	}
	p.line("instances: %s", standings(fleet.Instances, fleet.Standings))
	if fleet.Severity >= verdict.Warning {
		p.line("\nFirst on instances (cert-health fleet shows all):\n")
		p.finding(hubclient.Finding{Severity: fleet.Severity, Message: fleet.Message, Why: fleet.Why, Steps: fleet.Steps})
	}
}
