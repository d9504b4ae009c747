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

	It("count what a bounded report does not list", func() {
		var t tree
		t.add(cert.Leaf, "a", "ca", expired(renewal("secret/a")))
		t.add(cert.Leaf, "b", "ca", expired(renewal("secret/b"))).MoreLocations = 7
		r := report.Report{Certificates: t.certificates, CheckedAt: now, Reference: report.Source{State: "none"}, Summary: report.Summary{Certificates: 3002},
			LeftOut: []report.LeftOut{{Job: "aaa", Certificates: 3000, Problems: 3, Expired: 2999, ByCode: map[verdict.Code]int{verdict.Expired: 3001, verdict.Unreadable: 1}}}}
		text := table(&r, terminal.Style{Width: 120})
		Expect(text).To(ContainSubstring("\n3001 of 3002 certificates have expired, the first now"))
		Expect(text).To(ContainSubstring("CAs among the listed ones: 0."))
		Expect(text).To(ContainSubstring("\nCounted, and not listed in the report\n  3000 certificates, 3 problems of aaa: 3001 expired, 1 unreadable\n"))
		Expect(text).To(ContainSubstring("job1 …/tls.crt:1 +7\n"))
		Expect(text).To(ContainSubstring("b: job1 config/certs/tls.crt:1 and 7 more\n"))
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

	It("have the alternative name alone where the label does not fit", func() {
		var t tree
		finding := expired(renewal("secret/x"))
		t.add(cert.Leaf, "clientName", "ca", finding).SANs = []string{"rep-client.service.cf.internal"}
		t.add(cert.Leaf, "clientName", "ca", finding).SANs = []string{"bbs.cf"}
		t.add(cert.Leaf, "a-client-with-a-long-name", "ca", finding)
		t.add(cert.Leaf, "a-client-with-a-long-name", "ca", finding)
		for i := range t.certificates {
			t.certificates[i].Locations = []report.Location{{Job: "a-job-with-a-long-name", File: "/var/vcap/jobs/a-job-with-a-long-name/config/a-file-with-a-long-name.crt"}}
		}
		narrow := t.String()
		Expect(narrow).To(MatchRegexp(`(?m)^critical  rep-client\.service\.\S*…  `))
		Expect(narrow).To(ContainSubstring("critical  clientName (bbs.cf)  "))
		Expect(narrow).To(MatchRegexp(`(?m)^critical  a-client\S*… \[` + t.certificates[2].Fingerprint[:8] + `\]  `))
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
