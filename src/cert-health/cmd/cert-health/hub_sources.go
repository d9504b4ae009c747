//go:build !vm

package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"cert-health/internal/hubclient"
	"cert-health/internal/report/terminal"
	"cert-health/internal/verdict"
)

func newSources(c console) *cobra.Command {
	f := &hubFlags{console: c}
	cmd := &cobra.Command{
		Use:     "sources",
		Short:   "show how each source of a hub is",
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
			all, err := client.Sources(cmd.Context())
			if err != nil {
				return err
			}
			return f.sources(all)
		},
	}
	f.output(cmd, "table", "json")
	return cmd
}

func (f *hubFlags) sources(all []hubclient.Source) error {
	var err error
	if f.format == "json" {
		err = f.json(map[string]any{"sources": all})
	} else {
		err = f.write(func(w io.Writer, style terminal.Style) error { return sourcesPage(w, style, all, time.Now()) })
	}
	if err != nil {
		return err
	}
	worst := verdict.OK
	for i := range all {
		worst = max(worst, all[i].Severity())
	}
	return f.exceeds(worst)
}

func sourcesPage(w io.Writer, style terminal.Style, all []hubclient.Source, now time.Time) error {
	g := terminal.Grid{Columns: []terminal.Heading{{Title: "STATE"}, {Title: "SOURCE", Shrinks: true}, {Title: "TYPE"}, {Title: "ITEMS"}, {Title: "LAST SUCCESS"}, {Title: "NEXT"}}}
	for i := range all {
		s := &all[i]
		next := distance(s.NextAttempt, now)
		if s.Running {
			next = "now"
		}
		g.Rows = append(g.Rows, terminal.Row{Severity: s.Severity(), Cells: []string{s.State, s.Name, s.Type, fmt.Sprint(s.Items), ago(s.LastSuccess, now), next}})
	}
	if err := g.Write(w, style); err != nil {
		return err
	}
	p := &page{w: w, style: style}
	for i := range all {
		p.source(&all[i], style)
	}
	return p.err
}

// maxUnseen is how many parts of a source are listed that could not be seen.
const maxUnseen = 5

// source writes what is wrong with a source.
func (p *page) source(s *hubclient.Source, style terminal.Style) {
	reason := s.Error
	if reason == "" {
		reason = s.Reason
	}
	if reason == "" && len(s.Unseen) == 0 && len(s.Findings) == 0 {
		return
	}
	p.line("\n%s:", s.Name)
	p.entry(s.State, reason)
	most := maxUnseen
	if style.Verbose {
		most = len(s.Unseen)
	}
	for _, u := range s.Unseen[:min(len(s.Unseen), most)] {
		p.entry("not seen", strings.TrimPrefix(u.Path+": "+u.Reason, ": "))
	}
	if left := s.UnseenTotal - most; left > 0 {
		p.entry("", fmt.Sprintf("and %d more parts that could not be seen", left))
	}
	p.findings(s.Findings)
}

func ago(t, now time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return verdict.Relative(t, now)
}
