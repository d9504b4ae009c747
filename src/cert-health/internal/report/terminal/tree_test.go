package terminal_test

import (
	"fmt"
	"regexp"
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
		Expect(text).To(ContainSubstring("\nca and 20 certificates that it issued [expired]\n"))
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

	It("is left out where one trouble has room on the screen", func() {
		var t tree
		t.add(cert.Leaf, "leaf", "ca", expired(renewal("secret/leaf")))
		Expect(t.String()).NotTo(ContainSubstring("What to do"))
		t.add(cert.Leaf, "weak", "ca", report.Finding{Code: verdict.Weak, Severity: verdict.Warning, Message: "m", Next: "n"})
		Expect(t.String()).To(ContainSubstring("What to do"), "two troubles have one deploy")
	})
})

var _ = Describe("The details", func() {
	It("tell equal findings once, with the list of what they concern", func() {
		var t tree
		for i := range 40 {
			path := fmt.Sprintf("cf/leaf%d", i)
			c := t.add(cert.Leaf, fmt.Sprintf("leaf%d", i), "ca", expired(), report.Finding{Code: verdict.Stale, Severity: verdict.Error, Message: "renewed in Vault but not deployed",
				Why: fmt.Sprintf("secret/%s holds version %d, this is version %d", path, 2+i%2, 1+i%2), Next: "genesis deploy prod-cf", Steps: deploySteps})
			c.Reference = &report.Reference{State: cert.Stale, Mount: "secret/", Path: path}
		}
		_, details, _ := strings.Cut(t.String(), "\n\n40 certificates ")
		Expect(details).To(HavePrefix(`[expired, stale]
  critical  expired 3 hours ago (2026-11-22 00:04 UTC)
  why       its peers refuse it
  error     renewed in Vault but not deployed
  why       20 of 40: its secret holds version 2, this is version 1
  why       20 of 40: its secret holds version 3, this is version 2
  at        leaf0: job0 config/certs/tls.crt:1
            leaf1: job1 config/certs/tls.crt:1
`))
		Expect(strings.Count(details, "\n")).To(BeNumerically("<", 60))
	})

	It("have no words for one certificate in what is told of several", func() {
		var t tree
		for i := range 2 {
			f := expired(renewal(fmt.Sprintf("secret/leaf%d", i)))
			f.Message = fmt.Sprintf("expired %d hours ago (2026-11-22 0%d:04 UTC)", i+2, i)
			t.add(cert.Leaf, fmt.Sprintf("leaf%d", i), "ca", f)
		}
		Expect(t.String()).To(ContainSubstring("\n2 certificates [expired]\n  critical  expired\n  why "))
	})

	It("count the certificates of each consequence", func() {
		var t tree
		for i := range 3 {
			f := expired(renewal(fmt.Sprintf("secret/leaf%d", i)))
			if i == 0 {
				f.Why = "servers refuse the client that uses it"
			}
			t.add(cert.Leaf, fmt.Sprintf("leaf%d", i), "ca", f)
		}
		Expect(t.String()).To(ContainSubstring("  why       1 of 3: servers refuse the client that uses it\n  why       2 of 3: its peers refuse it\n  next "))
	})

	It("have a text beside each certificate if there are many", func() {
		var t tree
		for i := range 5 {
			f := expired(renewal("secret/x"))
			f.Message = strings.Repeat("x", i)
			t.add(cert.Leaf, fmt.Sprintf("leaf%d", i), "ca", f)
		}
		Expect(t.String()).To(ContainSubstring("  critical  expired: see each certificate\n"))
		Expect(t.String()).To(ContainSubstring("            leaf2: job2 config/certs/tls.crt:1\n              xx\n"))
	})

	It("tell equal problems once", func() {
		r := report.Report{CheckedAt: now, Reference: report.Source{State: "none"}}
		for i := range 30 {
			r.Problems = append(r.Problems, report.Problem{Code: verdict.Unreadable, Severity: verdict.Warning, File: fmt.Sprintf("/f%d", i), Message: "permission denied", Next: "look"})
		}
		Expect(table(&r, terminal.Style{Width: 80})).To(MatchRegexp(`(?s)compared\n  warning   30 places: permission denied\n  next      look\n  at        /f0, /f1, .*, /f19\s+and\s+10\s+more\n`))
		Expect(table(&r, terminal.Style{Width: 80, Verbose: true})).To(ContainSubstring("/f29\n"))
	})
})

var _ = Describe("The rows of the table", func() {
	It("have something beside a name that says little, or that several certificates share", func() {
		var t tree
		finding := expired(renewal("secret/x"))
		t.add(cert.Leaf, "routerSSL", "ca", finding).SANs = []string{"127.0.0.1", "localhost", "*.sys.example.com"}
		t.add(cert.Leaf, "clientName", "one", finding)
		t.add(cert.Leaf, "clientName", "two", finding)
		t.add(cert.Leaf, "clientName", "two", finding).SANs = []string{"scraper.example.com"}
		t.add(cert.Leaf, "twice", "ca", finding)
		t.add(cert.Leaf, "twice", "ca", finding)
		t.add(cert.Leaf, "rep.service.cf.internal", "ca", finding).SANs = []string{"cell.service.cf.internal"}
		text := t.String()
		for _, name := range []string{"routerSSL (*.sys.example.com) ", "clientName (by one) ", "clientName (by two) ", "clientName (scraper.example.com) ",
			"twice [" + t.certificates[4].Fingerprint[:8] + "] ", "twice [" + t.certificates[5].Fingerprint[:8] + "] ", "rep.service.cf.internal  "} {
			Expect(text).To(ContainSubstring("critical  " + name))
		}
	})

	It("are never equal", func() {
		rapid.Check(GinkgoT(), func(r *rapid.T) {
			var t tree
			count := rapid.IntRange(1, 30).Draw(r, "count")
			for range count {
				name := strings.Repeat(rapid.SampledFrom([]string{"clientName", "a", "証", "very-long.service."}).Draw(r, "name"), rapid.IntRange(1, 9).Draw(r, "times"))
				c := t.add(cert.Leaf, name, rapid.SampledFrom([]string{"ca", "other"}).Draw(r, "issuer"), expired(renewal("secret/x")))
				c.SANs = rapid.SliceOfN(rapid.SampledFrom([]string{"a.example.com", "b.example.com", strings.Repeat("long.", 20) + "com"}), 0, 2).Draw(r, "SANs")
				c.Locations = []report.Location{{Job: "rep", File: "/var/vcap/jobs/rep/" + rapid.SampledFrom([]string{"a", "b/c", strings.Repeat("d", 90)}).Draw(r, "file")}}
			}
			text := table(&report.Report{Certificates: t.certificates, CheckedAt: now, Reference: report.Source{State: "none"}}, terminal.Style{Width: rapid.IntRange(72, 160).Draw(r, "width")})
			rows := regexp.MustCompile(`(?m)^critical  .*$`).FindAllString(text, count)
			seen := map[string]bool{}
			for _, row := range rows {
				if seen[row] {
					r.Fatalf("twice: %q\n%s", row, text)
				}
				seen[row] = true
			}
			if len(rows) != count {
				r.Fatalf("%d rows for %d certificates", len(rows), count)
			}
		})
	})
})
