package terminal_test

import (
	"fmt"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"pgregory.net/rapid"

	"cert-health/internal/cert"
	"cert-health/internal/report"
	"cert-health/internal/report/sample"
	"cert-health/internal/report/terminal"
	"cert-health/internal/verdict"
)

var deploySteps = []verdict.Step{{Run: []string{"genesis", "deploy", "prod-cf"}, Stage: verdict.Deploying}}

// expiredTogether makes a report of certificates that expired in one minute, each in a secret
// of its own in one of some directories. Some of them are CAs, and stand behind the leaves.
func expiredTogether(leaves, cas, directories int) *report.Report {
	c := sample.Contents()
	c.Deployed, c.Judgements, c.Problems, c.Ignored, c.Looked = nil, nil, nil, nil, false
	for i := range leaves + cas {
		role := cert.Leaf
		path := fmt.Sprintf("secret/d%d/leaf%d", i%directories, i)
		if i >= leaves {
			role, path = cert.CA, fmt.Sprintf("secret/d%d/ca%d", i%directories, i)
		}
		c.Deployed = append(c.Deployed, cert.Deployed{Role: role,
			Certificate: &cert.Certificate{Fingerprint: cert.Fingerprint{byte(i), byte(i >> 8), 9}, CommonName: "clientName", NotAfter: now.Add(-3 * time.Hour)},
			Locations:   []cert.Location{{Job: "rep", File: "/var/vcap/jobs/rep/c", Line: i + 1, Form: cert.PEM}}})
		steps := append([]verdict.Step{{Run: []string{"cert-health", "x509", "renew", path}, Stage: verdict.Renewing}}, deploySteps...)
		c.Judgements = append(c.Judgements, verdict.Judgement{Findings: []verdict.Finding{{Code: verdict.Expired, Severity: verdict.Critical, Message: "expired", Steps: steps}}})
	}
	return report.Build(c)
}

// firstLines are the lines of the terminal before the table.
func firstLines(text string, width int) (lines []string) {
	before, _, _ := strings.Cut(text, "\n\nSTATE")
	for line := range strings.SplitSeq(before, "\n") {
		for len(line) > width {
			lines, line = append(lines, line[:width]), line[width:]
		}
		lines = append(lines, line)
	}
	return lines
}

var _ = Describe("The first screen", func() {
	It("says how many have expired, and what to do once, for a cell whose certificates all expired in one minute", func() {
		Expect(table(expiredTogether(3, 1, 1), terminal.Style{Width: 80})).To(HavePrefix(`cell/3f2a (cf, z1), checked 2026-11-22 03:04 UTC

4 of 4 certificates have expired, the first 3 hours ago (2026-11-22 00:04 UTC).
CAs among them: 1.

What to do, in this order
  1. cert-health x509 renew secret/d0/ca3 secret/d0/leaf0 secret/d0/leaf1 secret/d0/leaf2
  2. genesis deploy prod-cf

STATE `))
	})

	It("says how many expired certificates the source holds renewed, if it was asked", func() {
		r := expiredTogether(4, 1, 1)
		for i, reference := range []report.Reference{
			{State: cert.Stale, NotAfter: now.AddDate(1, 0, 0)},
			{State: cert.Stale},
			{State: cert.Stale, NotAfter: now.Add(-time.Hour)}, // which has expired too
			{State: cert.Current},
		} {
			r.Certificates[i].Reference = &reference
		}
		Expect(table(r, terminal.Style{Width: 80})).To(ContainSubstring("\nCAs among them: 1. Renewed in Vault: 2.\n"))
	})

	It("counts an expired certificate that has a graver finding too", func() {
		r := expiredTogether(3, 0, 1)
		r.Certificates[0].Findings = append([]report.Finding{{Code: verdict.KeyMismatch, Severity: verdict.Critical, Message: "m"}}, r.Certificates[0].Findings...)
		Expect(table(r, terminal.Style{Width: 80})).To(ContainSubstring("\n3 of 3 certificates have expired"))
	})

	It("has at most 20 lines for any number of certificates, with the deploy last", func() {
		rapid.Check(GinkgoT(), func(t *rapid.T) {
			leaves, cas := rapid.IntRange(16, 300).Draw(t, "leaves"), rapid.IntRange(0, 20).Draw(t, "cas")
			lines := firstLines(table(expiredTogether(leaves, cas, rapid.IntRange(1, 60).Draw(t, "directories")), terminal.Style{Width: 80}), 80)
			if len(lines) > 20 || !strings.HasSuffix(lines[len(lines)-1], ". genesis deploy prod-cf") {
				t.Fatalf("%d lines:\n%s", len(lines), strings.Join(lines, "\n"))
			}
		})
	})

	It("has at most 20 lines for commands with wide characters", func() {
		r := expiredTogether(30, 0, 30)
		for i, c := range r.Certificates {
			c.Findings[0].Steps[0].Run = []string{"cert-health", "x509", "renew", fmt.Sprintf("secret/d%d/%s", i, strings.Repeat("証", 35))}
		}
		Expect(len(firstLines(cells(table(r, terminal.Style{Width: 80})), 80))).To(BeNumerically("<=", 20))
	})
})
