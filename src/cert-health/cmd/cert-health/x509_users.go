//go:build !vm

package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"cert-health/internal/survey"
	"cert-health/internal/vault/order"
)

// users tells who uses a certificate, by reports or by the hub that the operator is logged in to. Without either, no
// one knows. A hub that does not answer does not stop the command.
func (f *orderFlags) users(ctx context.Context) func(string) order.Use {
	asked := surveyFlags{hubFlags: hubFlags{console: f.console, target: f.target}, reports: f.reports}
	if len(f.reports) == 0 {
		if wanted, err := asked.wanted(); err != nil || wanted == nil {
			return nil
		}
	}
	s, err := asked.load(ctx)
	if err != nil {
		f.console.say("the plan does not say who uses a certificate: %v", err)
		return nil
	}
	return func(fingerprint string) order.Use { return useOf(s.Survey, fingerprint) }
}

// useOf is where a certificate is in files and in processes.
func useOf(s *survey.Survey, fingerprint string) (use order.Use) {
	found, known := slices.BinarySearchFunc(s.Certificates, fingerprint, func(c *survey.Certificate, print string) int { return strings.Compare(c.Fingerprint, print) })
	if !known {
		return order.Use{}
	}
	for _, i := range s.Instances {
		jobs := jobsOf(i, s.Certificates[found])
		if len(jobs) == 0 {
			continue
		}
		use.By = append(use.By, fmt.Sprintf("%s %s (%s)", i.Deployment, i.Name, strings.Join(jobs, ", ")))
		if !slices.Contains(use.Deployments, i.Deployment) {
			use.Deployments = append(use.Deployments, i.Deployment)
		}
	}
	return use
}

func jobsOf(i *survey.Instance, c *survey.Certificate) (jobs []string) {
	add := func(job string) {
		if job != "" && !slices.Contains(jobs, job) {
			jobs = append(jobs, job)
		}
	}
	for _, p := range i.Of(c) {
		add(p.Job)
	}
	for _, shown := range i.Shown {
		if shown.Certificate == c {
			add(shown.Job)
		}
	}
	return jobs
}
