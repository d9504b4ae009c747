package terminal_test

import (
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/report"
	"cert-health/internal/report/terminal"
	"cert-health/internal/verdict"
)

var _ = Describe("problems", func() {
	// ending has two revocation lists in one file, and a credential, which is in no file.
	ending := func() *report.Report {
		c := contents()
		c.Judgements = make([]verdict.Judgement, 2)
		list := verdict.Problem{Code: verdict.Expired, Severity: verdict.Error, About: "revocation list of CN=ca", Job: "haproxy",
			File: "/var/vcap/jobs/haproxy/config/crl.pem", Line: 3, Message: "its next update was due", Why: "clients are refused", Steps: []verdict.Step{verdict.Run("safe", "x509", "crl", "--renew", "secret/ca")}}
		other, token := list, list
		other.About = "revocation list of CN=other"
		token.About, token.Job, token.File, token.Line = "the agent's Vault token", "cert-health", "", 0
		c.Problems = append(c.Problems, list, other, token)
		return report.Build(c)
	}

	It("have a paragraph each in the table, apart from what could not be read", func() {
		text := table(ending(), terminal.Style{Width: 160})
		Expect(text).To(ContainSubstring("\nrevocation list of CN=ca\n  at        haproxy config/crl.pem:3\n" +
			"  error     its next update was due [expired]\n  why       clients are refused\n  next      safe x509 crl --renew secret/ca\n"))
		Expect(text).To(ContainSubstring("\nthe agent's Vault token\n  error     its next update"))
		_, unseen, _ := strings.Cut(text, "Could not be read or compared\n")
		Expect(unseen).To(ContainSubstring("its END line is missing"))
		Expect(unseen).NotTo(ContainSubstring("revocation list"))
	})
})
