package terminal_test

import (
	"fmt"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"pgregory.net/rapid"

	"cert-health/internal/cert"
	"cert-health/internal/report"
	"cert-health/internal/report/terminal"
	"cert-health/internal/verdict"
)

// renewal is the step that renews the secret at a path.
func renewal(path string) verdict.Step {
	return verdict.Step{Run: []string{"safe", "x509", "renew", path}, Stage: verdict.Renewing}
}

// tree makes a report with one certificate for each line: its name, its issuer and its finding.
type tree struct{ certificates []report.Certificate }

func (t *tree) add(role cert.Role, name, issuer string, findings ...report.Finding) *report.Certificate {
	n := len(t.certificates)
	t.certificates = append(t.certificates, report.Certificate{
		Name: name, Subject: "CN=" + name + ",O=Cloud Foundry", Issuer: "CN=" + issuer + ",O=Cloud Foundry", Role: role,
		Fingerprint: fmt.Sprintf("%08x", uint32(n)*2654435761) + strings.Repeat("0", 56), NotAfter: now,
		Locations: []report.Location{{Job: fmt.Sprintf("job%d", n), File: fmt.Sprintf("/var/vcap/jobs/job%d/config/certs/tls.crt", n), Line: 1, Form: cert.PEM}},
		Findings:  findings,
	})
	return &t.certificates[n]
}

func (t *tree) String() string {
	GinkgoHelper()
	return table(&report.Report{Certificates: t.certificates, CheckedAt: now, Reference: report.Source{State: "none"}}, terminal.Style{Width: 80})
}

func expired(steps ...verdict.Step) report.Finding {
	steps = append(steps, deploySteps...)
	return report.Finding{Code: verdict.Expired, Severity: verdict.Critical, Message: "expired 3 hours ago (2026-11-22 00:04 UTC)", Why: "its peers refuse it",
		Next: verdict.Join(steps), Steps: steps}
}

var _ = Describe("The plan", func() {
	It("renews a root before its intermediate, and both before the leaves, also in loops", func() {
		var t tree
		for i := range 20 {
			t.add(cert.Leaf, fmt.Sprintf("leaf%d", i), "inter", expired(renewal(fmt.Sprintf("secret/a/leaf%d", i))))
		}
		t.add(cert.CA, "other", "inter", expired(renewal("secret/a/other")))
		t.add(cert.CA, "inter", "root", expired(renewal("secret/b/inter")))
		t.add(cert.CA, "inter2", "root", expired(renewal("secret/b/inter2")))
		t.add(cert.CA, "root", "root", expired(renewal("secret/a/root")))
		Expect(t.String()).To(ContainSubstring(`What to do, in this order
  1. safe x509 renew secret/a/root
  2. for s in inter inter2; do safe x509 renew secret/b/"$s" || break; done
  3. safe x509 renew secret/a/other
  4. for s in leaf0 leaf1 leaf2`))
	})

	It("writes CAs of one directory as one loop, the root first", func() {
		var t tree
		t.add(cert.CA, "inter", "root", expired(renewal("secret/inter")))
		t.add(cert.CA, "root", "root", expired(renewal("secret/root")))
		t.add(cert.Leaf, "alone", "public", expired(renewal("secret/alone")))
		Expect(t.String()).To(ContainSubstring("  1. for s in root inter; do safe x509 renew secret/\"$s\" || break; done\n  2. safe x509 renew secret/alone\n"))
	})

	It("writes no loop for a path that a shell would join to another one", func() {
		var t tree
		t.add(cert.Leaf, "a", "x", expired(renewal("secret//a")))
		t.add(cert.Leaf, "b", "y", expired(renewal("secret//b")))
		Expect(t.String()).To(ContainSubstring("safe x509 renew secret//a\n"))
	})

	It("names the certificates of a renewal in words", func() {
		var t tree
		words := verdict.Step{Do: "renew it at its issuer (CN=public,O=Cloud Foundry)", Stage: verdict.Renewing}
		for i := range 20 {
			t.add(cert.Leaf, fmt.Sprintf("leaf%d", i), "public", expired(words))
		}
		Expect(t.String()).To(ContainSubstring("  1. for leaf0, leaf1, leaf2 and 17 more: renew it at its issuer (CN=public)\n"))
	})

	It("says nothing twice of a leaf whose CA must be renewed", func() {
		var t tree
		t.add(cert.CA, "ca", "ca", expired(renewal("secret/ca")))
		for i := range 20 {
			steps := append([]verdict.Step{{Do: "for CN=ca,O=Cloud Foundry:"}, renewal("secret/ca")}, deploySteps...)
			t.add(cert.Leaf, fmt.Sprintf("leaf%d", i), "ca", report.Finding{Code: verdict.Untrusted, Severity: verdict.Error,
				Message: fmt.Sprintf("in /var/vcap/jobs/job%d/config/certs/tls.crt it was signed by CN=ca,O=Cloud Foundry in /var/vcap/jobs/job%d/ca.crt, which expired", i+1, i+1),
				Next:    verdict.Join(steps), Steps: steps})
		}
		text := t.String()
		Expect(text).To(ContainSubstring("  1. safe x509 renew secret/ca\n  2. genesis deploy prod-cf\n\nSTATE"))
		Expect(text).To(ContainSubstring("\nca and 20 certificates below it [expired]\n"))
		Expect(text).To(ContainSubstring("\n  and       20 certificates [untrusted]\n  error     in its file it was signed by CN=ca in its job's ca.crt, which\n            expired\n"))
		Expect(strings.Count(text, "genesis deploy")).To(Equal(1))
	})

	It("has at most 20 lines for any number of restarts and of remedies in words", func() {
		rapid.Check(GinkgoT(), func(r *rapid.T) {
			var t tree
			for i := range rapid.IntRange(0, 60).Draw(r, "restarts") {
				name := strings.Repeat("x", rapid.IntRange(1, 70).Draw(r, "length"))
				restart := verdict.Step{Run: []string{"monit", "restart", fmt.Sprint("job", i, name)}, Stage: verdict.Restarting}
				t.add(cert.Leaf, fmt.Sprint("restarted", i), "ca", report.Finding{Code: verdict.NotLoaded, Severity: verdict.Error, Message: "m", Next: restart.String(), Steps: []verdict.Step{restart}})
			}
			for i := range rapid.IntRange(0, 60).Draw(r, "words") {
				do := verdict.Do("in the property that fills /var/vcap/jobs/job%d/%s, do it", i, strings.Repeat("y", rapid.IntRange(1, 150).Draw(r, "words' length")))
				t.add(cert.Leaf, fmt.Sprint("edited", i), "ca", report.Finding{Code: verdict.Untrusted, Severity: verdict.Error, Message: "m", Next: do.String(), Steps: []verdict.Step{do}})
			}
			t.add(cert.Leaf, "leaf", "ca", expired(renewal("secret/leaf")))
			if lines := firstLines(t.String(), 80); len(lines) > 20 {
				r.Fatalf("%d lines:\n%s", len(lines), strings.Join(lines, "\n"))
			}
		})
	})

	It("has the steps for what expires and is not a certificate", func() {
		var t tree
		t.add(cert.Leaf, "leaf", "ca", expired(renewal("secret/leaf")))
		renew := append([]verdict.Step{{Run: []string{"safe", "x509", "crl", "--renew", "secret/ca"}, Stage: verdict.Renewing}}, deploySteps...)
		r := report.Report{Certificates: t.certificates, CheckedAt: now, Reference: report.Source{State: "none"}, Problems: []report.Problem{
			{Code: verdict.Expired, Severity: verdict.Error, About: "revocation list of CN=ca", Message: "m", Next: verdict.Join(renew), Steps: renew},
			{Code: verdict.Expiring, Severity: verdict.Warning, About: "the agent's token", Message: "m", Next: "make a new one", Steps: []verdict.Step{verdict.Do("make a new one")}},
			{Code: verdict.Unreadable, Severity: verdict.Warning, File: "/f", Message: "m", Next: "look", Steps: []verdict.Step{verdict.Do("look")}},
		}}
		Expect(table(&r, terminal.Style{Width: 80})).To(ContainSubstring(`What to do, in this order
  1. safe x509 renew secret/leaf
  2. safe x509 crl --renew secret/ca
  3. for the agent's token: make a new one
  4. genesis deploy prod-cf

`))
	})

	It("is left out where one trouble has room on the screen", func() {
		var t tree
		t.add(cert.Leaf, "leaf", "ca", expired(renewal("secret/leaf")))
		Expect(t.String()).NotTo(ContainSubstring("What to do"))
		t.add(cert.Leaf, "weak", "ca", report.Finding{Code: verdict.Weak, Severity: verdict.Warning, Message: "m", Next: "n"})
		Expect(t.String()).To(ContainSubstring("What to do"), "two troubles have one deploy")
	})
})
