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
	return verdict.Step{Run: []string{"cert-health", "x509", "renew", path}, Stage: verdict.Renewing}
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
	It("renews everything with one command, which renews CAs first", func() {
		var t tree
		for i := range 3 {
			t.add(cert.Leaf, fmt.Sprintf("leaf%d", i), "inter", expired(renewal(fmt.Sprintf("secret/a/leaf%d", i))))
		}
		t.add(cert.CA, "inter", "root", expired(renewal("secret/b/my inter")))
		t.add(cert.CA, "root", "root", expired(renewal("secret/a/root")))
		Expect(t.String()).To(ContainSubstring(`What to do, in this order
  1. cert-health x509 renew secret/a/root 'secret/b/my inter' secret/a/leaf0 secret/a/leaf1 secret/a/leaf2
  2. genesis deploy prod-cf
`))
	})

	It("joins no renewal with one before a CA that must be renewed first", func() {
		var t tree
		signed := func(path string) verdict.Step {
			return verdict.Step{Run: []string{"cert-health", "x509", "renew", path, "--signed-by", "secret/b/root"}, Stage: verdict.Renewing}
		}
		t.add(cert.Leaf, "leaf", "inter", expired(renewal("secret/a/leaf")))
		t.add(cert.CA, "inter", "root", expired(signed("secret/b/inter")))
		t.add(cert.CA, "inter2", "root", expired(signed("secret/b/inter2")))
		t.add(cert.CA, "root", "root", expired(renewal("secret/b/root")))
		Expect(t.String()).To(ContainSubstring(`What to do, in this order
  1. cert-health x509 renew secret/b/root
  2. cert-health x509 renew secret/b/inter secret/b/inter2 --signed-by secret/b/root
  3. cert-health x509 renew secret/a/leaf
  4. genesis deploy prod-cf
`))
	})

	It("writes a loop for a command that takes one name", func() {
		var t tree
		for _, name := range []string{"rep", "bbs"} {
			restart := verdict.Step{Run: []string{"monit", "restart", name}, Stage: verdict.Restarting}
			t.add(cert.Leaf, name, "x", report.Finding{Code: verdict.NotLoaded, Severity: verdict.Error, Message: "m", Next: restart.String(), Steps: []verdict.Step{restart}})
		}
		t.add(cert.Leaf, "leaf", "x", expired(renewal("secret//a")))
		Expect(t.String()).To(ContainSubstring("  3. for s in rep bbs; do monit restart \"$s\"; done\n"))
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
		Expect(text).To(ContainSubstring("  1. cert-health x509 renew secret/ca\n  2. genesis deploy prod-cf\n\nSTATE"))
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
		renew := append([]verdict.Step{{Run: []string{"cert-health", "x509", "crl", "--renew", "secret/ca"}, Stage: verdict.Renewing}}, deploySteps...)
		r := report.Report{Certificates: t.certificates, CheckedAt: now, Reference: report.Source{State: "none"}, Problems: []report.Problem{
			{Code: verdict.Expired, Severity: verdict.Error, About: "revocation list of CN=ca", Message: "m", Next: verdict.Join(renew), Steps: renew},
			{Code: verdict.Expiring, Severity: verdict.Warning, About: "the agent's token", Message: "m", Next: "make a new one", Steps: []verdict.Step{verdict.Do("make a new one")}},
			{Code: verdict.Unreadable, Severity: verdict.Warning, File: "/f", Message: "m", Next: "look", Steps: []verdict.Step{verdict.Do("look")}},
		}}
		Expect(table(&r, terminal.Style{Width: 80})).To(ContainSubstring(`What to do, in this order
  1. cert-health x509 renew secret/leaf
  2. cert-health x509 crl --renew secret/ca
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
