package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"cert-health/internal/discover"
	"cert-health/internal/hubclient"
	"cert-health/internal/survey"
)

// surveyFlags say where a command gets its survey: from reports, else from a hub, else from this VM.
type surveyFlags struct {
	hubFlags
	reports []string
	config  string
	root    string
	now     string
}

// flags adds the flags. The command adds --format and --fail-on by hubFlags.output, which it shares with the
// commands that ask a hub.
func (f *surveyFlags) flags(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&f.reports, "report", nil, "read this report, or all reports in this directory, instead of asking a hub (`FILE|DIR`; repeatable)")
	cmd.Flags().StringVar(&f.config, "config", defaultConfig, "configuration `FILE` of the agent of this VM, if neither reports nor a hub are used")
	cmd.Flags().StringVar(&f.now, "now", "", "use this `TIME` (RFC 3339) as the current time")
	_ = cmd.MarkFlagFilename("config", "yml", "yaml")
	f.root = "/"
}

// seen is a survey, and where it is from.
type seen struct {
	*survey.Survey
	// From is what a command looks at, as people read it: "the hub at https://hub.example.com".
	From string
	// Local is true for a survey of this VM alone.
	Local bool
}

// load makes the survey. It says on standard error what the command looks at, and what it cannot see.
func (f *surveyFlags) load(ctx context.Context) (*seen, error) {
	now, err := f.time()
	if err != nil {
		return nil, err
	}
	s, err := f.read(ctx, now)
	if err != nil {
		return nil, err
	}
	f.console.tell(s)
	return s, nil
}

func (f *surveyFlags) time() (time.Time, error) {
	if f.now == "" {
		return time.Now(), nil
	}
	now, err := time.Parse(time.RFC3339, f.now)
	if err != nil {
		return now, fmt.Errorf("--now %q is not a valid time: write it as %s", f.now, time.Now().UTC().Format(time.RFC3339))
	}
	return now, nil
}

func (f *surveyFlags) read(ctx context.Context, now time.Time) (*seen, error) {
	if len(f.reports) > 0 {
		if f.target != "" {
			return nil, errors.New("--report and --target exclude each other: remove one of them")
		}
		return reportSurvey(f.reports, now)
	}
	target, err := f.wanted()
	switch {
	case err != nil:
		return nil, err
	case target != nil:
		return f.hubSurvey(ctx, *target, now)
	}
	return f.localSurvey(ctx, now)
}

// wanted is the hub that is asked; nil if the operator is logged in to none.
func (f *surveyFlags) wanted() (*hubclient.Target, error) {
	if f.target == "" && f.console.env(hubVariable) == "" {
		targets, err := f.console.targets()
		if err != nil || targets.Find("") == nil {
			return nil, nil //nolint:nilerr // who has no file of hubs, as root on a VM, asks none
		}
	}
	own, err := f.chosen()
	return &own, err
}

// maxBlind is how many sentences about what is not seen are printed.
const maxBlind = 5

// tell says what a command looks at, and what it cannot see.
func (c console) tell(s *seen) {
	c.say("looking at %s: %s", s.From, population(s.Survey))
	for _, sentence := range s.Blind[:min(len(s.Blind), maxBlind)] {
		c.say("not seen: %s", sentence)
	}
	if more := len(s.Blind) - maxBlind; more > 0 {
		c.say("not seen: %d more", more)
	}
}

// population are the numbers of a survey in words.
func population(s *survey.Survey) string {
	deployments, reporting := map[string]bool{}, 0
	for _, i := range s.Instances {
		deployments[i.Deployment] = true
		if i.Seen() {
			reporting++
		}
	}
	text := fmt.Sprintf("%s of %s, %s", count(len(s.Instances), "instance"), count(len(deployments), "deployment"), count(len(s.Certificates), "certificate"))
	if silent := len(s.Instances) - reporting; silent > 0 {
		text += fmt.Sprintf("; %s not from now", count(silent, "instance"))
	}
	return text
}

// errNothingToLookAt is why there is no survey.
var errNothingToLookAt = errors.New("there is nothing to look at: name reports of VMs with --report, log in to a hub with cert-health login https://HUB, or run the command on a BOSH VM")

// onVM tells whether this machine has jobs.
func (f *surveyFlags) onVM() bool {
	_, err := os.Stat(strings.TrimSuffix(f.root, "/") + discover.JobsDir)
	return err == nil
}
