package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"cert-health/internal/hubclient"
	"cert-health/internal/report/terminal"
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
			return f.dashboard(&s)
		},
	}
	f.output(cmd, "table", "json")
	return cmd
}

func (f *hubFlags) dashboard(s *hubclient.Summary) error {
	var err error
	if f.format == "json" {
		err = f.json(s)
	} else {
		err = f.write(func(w io.Writer, style terminal.Style) error { return dashboardPage(w, style, s, time.Now()) })
	}
	if err != nil {
		return err
	}
	return f.exceeds(s.Severity())
}

func dashboardPage(w io.Writer, style terminal.Style, s *hubclient.Summary, now time.Time) error {
	p := &page{w: w, style: style}
	p.line("%s%s", count(s.Total, "certificate"), states(s.Counts))
	var sources []string
	for _, state := range []string{"failing", "stale", "partial", "never", "ok"} {
		if n := s.Sources[state]; n > 0 {
			sources = append(sources, fmt.Sprintf("%d %s", n, state))
		}
	}
	p.line("sources: %s", strings.Join(sources, ", "))
	if len(s.Worst) == 0 {
		p.line("\nNo certificate needs attention.")
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
