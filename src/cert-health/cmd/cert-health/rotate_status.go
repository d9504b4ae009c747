//go:build !vm

package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"cert-health/internal/report/terminal"
	"cert-health/internal/rotation"
	"cert-health/internal/verdict"
)

func newRotateStatus(c console) *cobra.Command {
	f := &rotateFlags{}
	f.console = c
	cmd := &cobra.Command{
		Use:   "status CA",
		Short: "show how far a rotation has come, and what holds it back",
		Long: `status shows the state of a rotation: which CA signs, how many VMs trust which
one, and how far each step is. It names each VM and each certificate that the
next step waits for.

CA is the path of its secret in Vault or its name in CredHub. Without access to
the store, what a hub has collected is shown; without that, CA is the subject
of a CA that VMs trust.

Exit codes: 0 nothing holds the rotation back, 1 it waits or is blocked,
2 its state could not be read.`,
		Example: `  cert-health rotate status secret/cf/ca
  cert-health rotate status /bosh/cf/internal_ca
  cert-health rotate status secret/cf/ca --report reports/ --format json`,
		Args: oneArgument,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.check(args[0]); err != nil {
				return err
			}
			t, err := f.read(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			defer t.close()
			if f.format == "json" {
				err = f.json(t.State)
			} else {
				err = f.write(func(w io.Writer, style terminal.Style) error { return rotationPage(w, style, &t.State, f.again()) })
			}
			if err == nil && !t.State.Offered && !t.State.Begin {
				err = errFindings
			}
			return err
		},
	}
	f.flags(cmd)
	cmd.Flags().BoolVar(&f.back, "back", false, "show the way back, as abort takes it")
	cmd.Flags().BoolVar(&f.verbose, "verbose", false, "name every VM that a step waits for")
	return cmd
}

// rotationPage writes a state for people. again are the flags with which a command reads the same rotation.
func rotationPage(w io.Writer, style terminal.Style, s *rotation.State, again []string) error {
	p := &page{w: w, style: style}
	where := ""
	if s.Store != "" {
		where = " in " + s.Store
	}
	phase := string(s.Phase)
	if s.Phase == rotation.Blocked {
		phase += " (" + string(s.Within) + ")"
	}
	p.line("%s%s: %s", s.CA, where, phase)
	words := []string{"new", "old"}
	if s.Back {
		words = []string{"old", "new"}
		p.line("going back: the old CA stays")
	}
	p.authority(words[0], s.New, len(s.Old) == 0)
	for _, old := range s.Old {
		p.authority(words[1], old, false)
	}
	if s.Current != "" {
		p.line("")
		p.grid(stepGrid(s))
	}
	p.blockers(s, style.Verbose)
	for _, list := range []struct {
		word  string
		lines []string
	}{{"broken", s.Broken}, {"mend", s.Faults}, {"warning", s.Warnings}, {"not seen", s.Blind}} {
		for _, line := range list.lines {
			p.entry(list.word, line)
		}
	}
	p.line("")
	p.entry("next", s.Next)
	for _, step := range rotationSteps(s, again) {
		p.step("", step)
	}
	return p.err
}

// rotationSteps are the commands that go on.
func rotationSteps(s *rotation.State, again []string) (steps []verdict.Step) {
	verb := "next"
	if s.Back {
		verb = "abort"
	}
	if s.Offered {
		return []verdict.Step{verdict.Run(append([]string{"cert-health", "rotate", verb, s.CA}, again...)...)}
	}
	if len(s.Faults) == 0 {
		for _, deployment := range s.Deploy {
			steps = append(steps, verdict.Run("bosh", "-d", deployment, "deploy", "MANIFEST"))
		}
	}
	return steps
}

func (p *page) authority(word string, a rotation.Authority, alone bool) {
	var facts []string
	if a.Signs {
		facts = append(facts, "signs")
	}
	if !a.Given {
		facts = append(facts, "is not handed out")
	}
	facts = append(facts, fmt.Sprintf("%s trust it", count(a.Trusted, "VM")))
	if a.Trusted == 1 {
		facts[len(facts)-1] = "1 VM trusts it"
	}
	if alone {
		word = "CA"
	}
	p.entry(word, fmt.Sprintf("%s (%s), ends %s: %s", a.Name, a.Fingerprint[:min(8, len(a.Fingerprint))], verdict.Stamp(a.NotAfter), strings.Join(facts, ", ")))
}

// barWidth is the width of the bar of a step.
const barWidth = 10

func stepGrid(s *rotation.State) terminal.Grid {
	g := terminal.Grid{Columns: []terminal.Heading{{Title: "STEP"}, {Title: "BAR"}, {Title: "DONE"}, {Title: "AIM", Shrinks: true}}}
	for _, step := range s.Steps {
		severity, name := verdict.OK, string(step.Name)
		switch {
		case step.Name == s.Current && s.Phase == rotation.Blocked:
			severity, name = verdict.Error, "> "+name
		case step.Name == s.Current:
			severity, name = verdict.Warning, "> "+name
		default:
			name = "  " + name
		}
		done := fmt.Sprintf("%d of %d", step.Done, step.Total)
		if step.Accepted > 0 {
			done += fmt.Sprintf(", %d accepted", step.Accepted)
		}
		g.Rows = append(g.Rows, terminal.Row{Severity: severity, Cells: []string{name, bar(step), done, step.Title}})
	}
	return g
}

func bar(s rotation.Step) string {
	if s.Total == 0 {
		return strings.Repeat("-", barWidth)
	}
	done := s.Done * barWidth / s.Total
	accepted := (s.Done+s.Accepted)*barWidth/s.Total - done
	return strings.Repeat("#", done) + strings.Repeat("+", accepted) + strings.Repeat(".", barWidth-done-accepted)
}

// maxBlockers is how many blockers are named unless all are wanted.
const maxBlockers = 10

func (p *page) blockers(s *rotation.State, all bool) {
	waiting := s.Waiting()
	shown := waiting
	if !all {
		shown = waiting[:min(len(waiting), maxBlockers)]
	}
	if len(shown) > 0 {
		p.line("")
	}
	for _, b := range shown {
		p.entry("waits for", strings.TrimSpace(b.Deployment+" "+b.Name)+": "+b.Why)
	}
	if more := len(waiting) - len(shown); more > 0 {
		p.line("  and %d more: see --verbose", more)
	}
}
