package main

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"cert-health/internal/agent"
	"cert-health/internal/check"
	"cert-health/internal/config"
	"cert-health/internal/hubclient"
	"cert-health/internal/report"
	"cert-health/internal/survey"
)

// hubSurvey asks a hub.
func (f *surveyFlags) hubSurvey(ctx context.Context, target hubclient.Target, now time.Time) (*seen, error) {
	client, err := clientOf(target)
	if err != nil {
		return nil, err
	}
	step, done := f.console.progress()
	if step != nil {
		step("asking " + target.URL)
	}
	defer done()
	s, err := client.Survey(ctx, url.Values{})
	if err != nil {
		return nil, fmt.Errorf("%w (reports of VMs can be named with --report instead)", err)
	}
	if f.now != "" {
		at := *s
		at.At, s = now, &at
	}
	return &seen{Survey: s, From: "the hub at " + target.URL}, nil
}

// localSurvey looks at this VM: at the report of its agent, or else at its files.
func (f *surveyFlags) localSurvey(ctx context.Context, now time.Time) (*seen, error) {
	if !f.onVM() {
		return nil, errNothingToLookAt
	}
	r, from, err := f.localReport(ctx, now)
	if err != nil {
		return nil, err
	}
	b := &survey.Builder{}
	addReport(b, r, now)
	b.Blind("all other VMs: log in to a hub, or name their reports with --report")
	return &seen{Survey: b.Build(now), From: from, Local: true}, nil
}

func (f *surveyFlags) localReport(ctx context.Context, now time.Time) (*report.Report, string, error) {
	dir, err := dataDir(f.config)
	if err != nil {
		return nil, "", err
	}
	if status, err := agent.ReadStatus(dir, now); err == nil && status.Report != nil {
		return status.Report, "the last report of this VM's agent", nil
	}
	r, err := (&check.Checker{Root: f.root, Config: config.Default(), Now: func() time.Time { return now }}).Check(ctx)
	if err == nil && nothingReadable(r) {
		err = errNothingReadable
	}
	return r, "the files of this VM's jobs", err
}
