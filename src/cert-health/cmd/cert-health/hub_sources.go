package main

import (
	"context"
	"errors"
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
		p.entry("not seen", strings.TrimSpace(u.Path+" "+u.Reason))
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

func newRefresh(c console) *cobra.Command {
	f := &hubFlags{console: c}
	var wait bool
	var limit time.Duration
	cmd := &cobra.Command{
		Use:     "refresh [SOURCE]",
		Short:   "let a hub collect from a source now, or from all",
		Args:    cobra.MaximumNArgs(1),
		GroupID: hubGroup,
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := f.client()
			if err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), limit)
			defer cancel()
			return refresh(ctx, c, client, strings.Join(args, ""), wait)
		},
	}
	cmd.Flags().BoolVar(&wait, "wait", false, "wait until the collection has ended; the exit code is 2 if it failed")
	cmd.Flags().DurationVar(&limit, "timeout", 15*time.Minute, "how long to wait: a `TIME` such as 90s or 15m")
	f.targetFlag(cmd)
	return cmd
}

func refresh(ctx context.Context, c console, client *hubclient.Client, name string, wait bool) error {
	before, err := client.Sources(ctx)
	if err != nil {
		return err
	}
	if err := client.Refresh(ctx, name); err != nil {
		return err
	}
	if !wait {
		c.say("the hub collects now: cert-health sources shows when it has ended")
		return nil
	}
	return follow(ctx, c, client, name, before)
}

// pollEvery is how often the hub is asked whether a collection has ended.
const pollEvery = time.Second

// follow waits until the sources have begun and ended a collection since before.
func follow(ctx context.Context, c console, client *hubclient.Client, name string, before []hubclient.Source) error {
	attempts := map[string]time.Time{}
	for _, s := range before {
		attempts[s.Name] = s.LastAttempt
	}
	step, done := c.progress()
	defer done()
	for {
		now, err := client.Sources(ctx)
		if err != nil {
			return err
		}
		waiting, failed := 0, []string(nil)
		for i := range now {
			switch s := &now[i]; {
			case name != "" && s.Name != name:
			case s.Running || !s.LastAttempt.After(attempts[s.Name]):
				waiting++
			case s.Error != "":
				failed = append(failed, s.Name+": "+s.Error)
			}
		}
		if waiting == 0 {
			return collected(c, failed)
		}
		if step != nil {
			step(fmt.Sprintf("%s to go", count(waiting, "source")))
		}
		select {
		case <-ctx.Done():
			return errors.New("the collection takes longer than --timeout: cert-health sources shows how far it is")
		case <-time.After(pollEvery):
		}
	}
}

func collected(c console, failed []string) error {
	if len(failed) > 0 {
		return fmt.Errorf("the collection failed: %s", strings.Join(failed, "; "))
	}
	c.say("collected")
	return nil
}

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
		p.findings(first.Findings[:min(len(first.Findings), 1)])
	}
	p.findings(s.Problems)
	return p.err
}
