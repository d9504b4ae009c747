//go:build !vm

package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"cert-health/internal/report/terminal"
	"cert-health/internal/trust"
	"cert-health/internal/verdict"
)

// breaksFlags are the flags of breaks.
type breaksFlags struct {
	edgeFlags
	at string
}

func newBreaks(c console) *cobra.Command {
	f := &breaksFlags{}
	f.console = c
	cmd := &cobra.Command{
		Use:   "breaks",
		Short: "show what will have stopped at a date if nothing is renewed",
		Long: `breaks lists the certificates that end until a date, in the order in which they
end, with the connections that stop, what users see, and what goes on until a
restart. What has stopped already comes first. A CA takes the leaves below it
with it. A certificate of which no connection is known is listed with its jobs.

Exit codes: 0 nothing ends until then, 1 something does, 2 it could not tell.`,
		Example: `  cert-health breaks
  cert-health breaks --at 2027-01-31
  cert-health breaks --at 90d --report reports/`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd.Context()) },
	}
	f.flags(cmd)
	cmd.Flags().StringVar(&f.at, "at", "30d", "`DATE` until which to look: 2027-01-31, a time (RFC 3339), or how long from now: 24h, 30d, 1y")
	return cmd
}

// breaksAnswer is what breaks says, in JSON.
type breaksAnswer struct {
	At     time.Time     `json:"at"`
	Until  time.Time     `json:"until"`
	Breaks []trust.Break `json:"breaks"`
	Blind  []string      `json:"not_seen"`
}

func (f *breaksFlags) run(ctx context.Context) error {
	now, err := f.time()
	if err != nil {
		return err
	}
	until, err := dateOf(f.at, now)
	if err != nil {
		return fmt.Errorf("--at %q: %w", f.at, err)
	}
	s, edges, err := f.known(ctx)
	if err != nil {
		return err
	}
	answer := breaksAnswer{At: s.At, Until: until, Breaks: trust.New(s.Survey, edges).Breaks(until), Blind: append([]string{}, s.Blind...)}
	if f.format == "json" {
		err = f.json(answer)
	} else {
		err = f.write(func(w io.Writer, style terminal.Style) error { return breaksPage(w, style, &answer) })
	}
	if err != nil || len(answer.Breaks) == 0 {
		return err
	}
	return f.exceeds(verdict.Error)
}

// dateOf reads a day, of which the end counts, a moment, or a time from now.
func dateOf(text string, now time.Time) (time.Time, error) {
	if day, err := time.Parse(time.DateOnly, text); err == nil {
		return day.AddDate(0, 0, 1), nil
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at, nil
	}
	var n int
	var unit string
	if _, err := fmt.Sscanf(text, "%d%1s", &n, &unit); err == nil && n >= 0 && n <= 36_500 && fmt.Sprint(n)+unit == text {
		switch unit {
		case "d":
			return now.AddDate(0, 0, n), nil
		case "y":
			return now.AddDate(min(n, 100), 0, 0), nil
		}
	}
	if d, err := time.ParseDuration(text); err == nil && d >= 0 {
		return now.Add(d), nil
	}
	return now, fmt.Errorf("it is not a valid date: write 2027-01-31, 24h, 30d or 1y")
}

// The most that is shown without --verbose.
const (
	maxBreaks      = 5
	maxBrokenEdges = 3
)

func breaksPage(w io.Writer, style terminal.Style, a *breaksAnswer) error {
	p := &page{w: w, style: style}
	if len(a.Breaks) == 0 {
		p.line("Nothing ends until %s.", verdict.Stamp(a.Until))
		return p.err
	}
	p.line("%s until %s, and each ends if it is not renewed:", count(len(a.Breaks), "certificate"), verdict.Stamp(a.Until))
	for i := range a.Breaks {
		if i == maxBreaks && !style.Verbose {
			p.line("\nand %s more: see --verbose", count(len(a.Breaks)-i, "certificate"))
			break
		}
		p.brk(&a.Breaks[i], a.At)
	}
	return p.err
}

// brk writes one certificate that ends, and what stops with it.
func (p *page) brk(b *trust.Break, now time.Time) {
	verb := "ends"
	if !b.At.After(now) {
		verb = "ended"
	}
	p.line("\n%s %s %s (%s)", b.Certificate.Name, verb, verdict.Stamp(b.At), verdict.Relative(b.At, now))
	p.entry("where", fmt.Sprintf("%s; %s; %s", groupsOf(b.Groups), strings.Join(b.Jobs, ", "), short(b.Certificate.Fingerprint)))
	if b.Restart {
		p.entry("but", "only processes still show it: a restart ends that")
	}
	if len(b.Edges) == 0 {
		p.entry("stops", "no connection is known that uses it: look at its jobs")
	}
	told := map[string]bool{}
	for i := range b.Edges {
		e := &b.Edges[i]
		if told[e.Breaks] {
			continue
		}
		if len(told) == maxBrokenEdges && !p.style.Verbose {
			p.entry("", fmt.Sprintf("and more (%s in all): see --verbose", count(len(b.Edges), "connection")))
			return
		}
		told[e.Breaks] = true
		p.entry("stops", fmt.Sprintf("%s to %s: %s", e.From, e.To, e.Breaks))
		p.entry("goes on", e.Survives)
	}
}

// groupsOf are groups in words, of which the first are named.
func groupsOf(groups []trust.Group) string {
	const most = 5
	var parts []string
	for _, g := range groups[:min(len(groups), most)] {
		parts = append(parts, g.String())
	}
	if more := len(groups) - most; more > 0 {
		parts = append(parts, fmt.Sprintf("and %s more", count(more, "group")))
	}
	if len(parts) == 0 {
		return "in no file"
	}
	return strings.Join(parts, ", ")
}
