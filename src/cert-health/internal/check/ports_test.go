package check_test

import (
	"context"
	"net/netip"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/budget"
	"cert-health/internal/cert"
	"cert-health/internal/check"
	"cert-health/internal/config"
	"cert-health/internal/discover"
	"cert-health/internal/report"
	"cert-health/internal/scenario"
	"cert-health/internal/verdict"
)

var _ = Describe("a process that serves more certificates than can be compared", func() {
	ca, stranger := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true}), scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
	leaf := func(issuer *scenario.Pair, daysAgo int) *cert.Certificate {
		return cert.New(scenario.Issue(scenario.Spec{CommonName: "rep", SANs: []string{"rep"}, Issuer: issuer, NotBefore: time.Now().AddDate(0, 0, -daysAgo)}).X509)
	}
	at := func(c *cert.Certificate, role cert.Role, file string) cert.Deployed {
		return cert.Deployed{Certificate: c, Role: role, Locations: []cert.Location{{Job: "rep", File: "/var/vcap/jobs/rep/" + file, Form: cert.PEM, Line: 1}}}
	}

	reported := func(job string, claims int) []report.Problem {
		r := check.Results{Inventory: &discover.Inventory{}, Comparison: check.NotCompared(), Observation: check.Observation{Made: true}}
		r.Inventory.Deployed = []cert.Deployed{at(leaf(ca, 1), cert.Leaf, "rep.crt"), at(cert.New(ca.X509), cert.CA, "ca.crt")}
		for range claims {
			r.Observation.Served = append(r.Observation.Served, cert.Served{Certificate: leaf(stranger, 9), Proven: true, Protocol: "tls",
				Address: netip.MustParseAddrPort("10.0.0.1:1801"), Process: cert.Process{Job: job}, SeenAt: time.Now()})
		}
		checker := check.Checker{Config: config.Default()}
		return checker.Report(context.Background(), r).Problems
	}

	DescribeTable("is a finding of its job", func(job, about string) {
		Expect(reported(job, 20)).To(BeEmpty())
		Expect(reported(job, budget.Claims.Limit())).To(HaveExactElements(And(HaveField("Code", verdict.OverBudget), HaveField("Job", job), HaveField("About", about),
			HaveField("File", ""), HaveField("Message", ContainSubstring("the other served certificates were not compared")), HaveField("Steps", HaveLen(2)))))
	},
		Entry("that is known", "rep", "certificates served by rep"),
		Entry("that is not known", "", "certificates served by processes without a job"),
	)
})
