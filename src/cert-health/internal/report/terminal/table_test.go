package terminal_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
	"cert-health/internal/report"
	"cert-health/internal/report/sample"
	"cert-health/internal/report/terminal"
	"cert-health/internal/verdict"
)

var _ = Describe("WriteTable", func() {
	It("reads well at 80 columns", func() {
		Expect("\n" + table(report.Build(sample.Contents()), terminal.Style{Width: 80})).To(Equal(`
cell/3f2a (cf, z1), checked 2026-11-22 03:04 UTC

STATE     CERTIFICATE        EXPIRES  VAULT  FILE  SERVED  PLACE
critical  rep.service.cf.i…  3h ago   v2     v1    older   rep …/server.crt:1 +1

rep.service.cf.internal [expired, stale]
  at        rep config/certs/server.crt:1, /etc/x.der
  critical  expired 3 hours ago (2026-11-22 00:04 UTC)
  why       its peers refuse it
  error     renewed in Vault 60 minutes ago (2026-11-22 02:04 UTC) but not
            deployed
  why       secret/rep holds version 2, this is version 1
  next      bosh -d cf deploy

Served, but not compared with a file
  10.0.16.4:8443 by an unknown process: made\u001b at start, until 2026-12-22
  03:04 UTC (in 30 days): in no file of the job
  10.0.16.4:8444 by nc: rep.service.cf.internal, until 2026-11-22 00:04 UTC (3
  hours ago): no proof that it has the private key

Could not be read or compared
  warning   bbs config/x.pem:12: its END line is missing

Ignored by configuration
  weak of CN=ca at rep config/ca.crt:1, until 2026-12-22: known
  unreadable at /y, until 2026-11-22: broken for years

critical  2 certificates in 11 files: 1 expired, 1 stale, 1 unreadable. Compared
          with Vault at 03:04 UTC (14 secrets). Ports that serve certificates: 5
          of 5.
`))
	})

	It("has no column for processes without handshakes", func() {
		c := sample.Contents()
		c.Looked, c.Served = false, nil
		Expect(table(report.Build(c), terminal.Style{Width: 80})).NotTo(ContainSubstring("SERVED"))
		c.Looked = true
		c.Served = sample.ServedStates(c.Deployed[1].Certificate)[:1]
		Expect(table(report.Build(c), terminal.Style{Width: 80})).To(MatchRegexp(`v2 +v1 +v1 +rep `), "the version in Vault is known")
		c.References = nil
		Expect(table(report.Build(c), terminal.Style{Width: 80})).To(MatchRegexp(`\? +\? +same +rep `))
	})

	It("names the entry of a key store, and what to do about a locked one", func() {
		c := sample.Contents()
		c.Deployed[1].Locations = []cert.Location{{Job: "uaa", File: "/var/vcap/jobs/uaa/config/uaa.jks", Alias: "tls\x1b", Form: cert.JKS}}
		c.Problems[0].Steps = []verdict.Step{verdict.Do("name its password")}
		text := table(report.Build(c), terminal.Style{Width: 80})
		Expect(text).To(ContainSubstring("at        uaa config/uaa.jks [tls\\u001b]\n"))
		Expect(text).To(ContainSubstring("its END line is missing\n  next      name its password\n"))
		c.Deployed[1].Locations[0].File = "/var/vcap/jobs/uaa/config/a/long/way/down/uaa.jks"
		Expect(table(report.Build(c), terminal.Style{Width: 80})).To(ContainSubstring("uaa …/uaa.jks\n"))
		c.Deployed[1].Locations[0].Alias = "t"
		Expect(table(report.Build(c), terminal.Style{Width: 80})).To(ContainSubstring("uaa …/uaa.jks [t]\n"))
	})

	It("fits every width from 72 on, but cuts no path if all is wanted", func() {
		for width := 72; width <= 220; width++ {
			for _, verbose := range []bool{false, true} {
				for _, line := range strings.Split(table(report.Build(sample.Contents()), terminal.Style{Width: width, Verbose: verbose}), "\n") {
					line = regexp.MustCompile(`  rep config/\S+( \+1)?$`).ReplaceAllString(line, "") // a whole path
					Expect(utf8.RuneCountInString(line)).To(BeNumerically("<=", width), line)
				}
			}
		}
	})

	It("uses a larger width, and has whole paths on request", func() {
		wide := table(report.Build(sample.Contents()), terminal.Style{Width: 200})
		Expect(wide).To(ContainSubstring("rep.service.cf.internal  leaf "))
		Expect(wide).To(ContainSubstring("rep …/server.crt:1 +1"))
		Expect(table(report.Build(sample.Contents()), terminal.Style{Width: 80, Verbose: true})).To(MatchRegexp(`(?m)^critical .*  rep config/certs/server.crt:1 \+1$`))
	})

	It("lists healthy certificates on request", func() {
		Expect(table(report.Build(sample.Contents()), terminal.Style{Width: 80, Verbose: true})).To(MatchRegexp(`(?m)^ok        ca  +\d+d +- +- +-  +rep config/ca.crt:1$`))
	})

	It("lists all served certificates on request", func() {
		Expect(table(report.Build(sample.Contents()), terminal.Style{Width: 140, Verbose: true})).To(ContainSubstring(`
Served
  10.0.16.4:1800 by rep: rep.service.cf.internal, until 2026-11-22 00:04 UTC (3 hours ago): as in the file
  10.0.16.4:1801 by rep: rep.service.cf.internal, until 2026-12-22 03:04 UTC (in 30 days): the file has a newer one
  10.0.16.4:1802 by rep: rep.service.cf.internal, until 2026-12-22 03:04 UTC (in 30 days): the file has received a newer one since then
  10.0.16.4:8443 by an unknown process: made\u001b at start, until 2026-12-22 03:04 UTC (in 30 days): in no file of the job
  10.0.16.4:8444 by nc: rep.service.cf.internal, until 2026-11-22 00:04 UTC (3 hours ago): no proof that it has the private key
`))
	})

	It("does not compare the VM's own certificates", func() {
		c := sample.Contents()
		c.References = nil
		healthy := func() string { return table(report.Build(c), terminal.Style{Width: 80, Verbose: true}) }
		Expect(healthy()).To(MatchRegexp(`(?m)^ok        ca  +\d+d +\? +\? +- +rep config/ca.crt:1$`))
		c.Deployed[0].Locations = []cert.Location{{File: "/ca.crt", Form: cert.PEM, Class: cert.TrustFile}}
		Expect(healthy()).To(MatchRegexp(`(?m)^ok        ca  +\d+d +- +- +- +/ca.crt$`))
	})

	It("has no columns for a source without one", func() {
		c := sample.Contents()
		c.Source, c.References = report.Source{State: "none"}, nil
		text := table(report.Build(c), terminal.Style{Width: 80})
		Expect(text).NotTo(ContainSubstring("VAULT"))
		Expect(strings.Join(strings.Fields(text), " ")).To(HaveSuffix("Not compared: no source is configured. Ports that serve certificates: 5 of 5."))
	})

	It("says that nothing is known if Vault could not be read", func() {
		c := sample.Contents()
		c.Source, c.References = report.Source{Source: "vault", State: "unavailable", Error: "sealed"}, nil
		text := table(report.Build(c), terminal.Style{Width: 80})
		Expect(text).To(MatchRegexp(`\? +\? +older `))
		Expect(strings.Join(strings.Fields(text), " ")).To(ContainSubstring("Vault could not be read: nothing is known about drift."))
	})

	It("says that Vault has not been asked yet, and from when the knowledge about it is", func() {
		c := sample.Contents()
		c.Source = report.Source{Source: "vault", State: "not_asked"}
		summary := func() string {
			return strings.Join(strings.Fields(table(report.Build(c), terminal.Style{Width: 80})), " ")
		}
		Expect(summary()).To(And(ContainSubstring("Vault has not been asked yet: nothing is known about drift."), Not(ContainSubstring("could not be read"))))
		c.Source.CheckedAt = time.Date(2026, 11, 22, 1, 0, 0, 0, time.UTC)
		Expect(summary()).To(ContainSubstring("Vault has not been asked yet: drift is as of 2026-11-22 01:00 UTC."))
		c.Source.Name = "the hub"
		Expect(summary()).To(ContainSubstring(". The hub has not been asked yet: "))
	})

	It("uses colours only on request", func() {
		Expect(table(report.Build(sample.Contents()), terminal.Style{Width: 80})).NotTo(ContainSubstring("\x1b"))
		coloured := table(report.Build(sample.Contents()), terminal.Style{Width: 80, Colour: true})
		Expect(coloured).To(ContainSubstring("\x1b[1;31mcritical\x1b[0m"))
	})

	It("escapes control characters of certificates and file names", func() {
		c := sample.Contents()
		c.Deployed[1].Certificate.CommonName = "a\x1b]0;evil\x07b\u202ec\xff"
		c.Deployed[1].Locations[0].File = "/x\n\ry"
		for _, text := range []string{table(report.Build(c), terminal.Style{Width: 120}), inspection(report.Build(c))} {
			Expect(text).NotTo(MatchRegexp("[\x00-\x09\x0b-\x1f\u202e]"))
			Expect(text).To(ContainSubstring(`a\u001b`))
			Expect(utf8.ValidString(text)).To(BeTrue())
		}
	})

	It("collects the steps of many findings", func() {
		c := sample.Contents()
		for i := range 5 {
			copied := *c.Deployed[1].Certificate
			copied.Fingerprint = cert.Fingerprint{byte(10 + i)}
			c.Deployed = append(c.Deployed, cert.Deployed{Certificate: &copied, Role: cert.Leaf, Locations: c.Deployed[1].Locations})
			c.Judgements = append(c.Judgements, c.Judgements[1])
		}
		Expect(table(report.Build(c), terminal.Style{Width: 80})).To(ContainSubstring("What to do, in this order\n  1. bosh -d cf deploy\n"))
	})

	It("has one line for a VM without findings", func() {
		c := sample.Contents()
		c.Deployed, c.Judgements, c.Problems, c.Ignored, c.Looked = c.Deployed[:1], []verdict.Judgement{{}}, nil, nil, false
		Expect(table(report.Build(c), terminal.Style{Width: 120})).To(Equal(
			"cell/3f2a (cf, z1), checked 2026-11-22 03:04 UTC\n\n" +
				"ok        1 certificate in 11 files: all well. Compared with Vault at 03:04 UTC (14 secrets).\n"))
	})

	DescribeTable("says whether the hub gets the report", func(hub report.Hub, sentence string) {
		r := report.Build(sample.Contents())
		r.Hub = &hub
		Expect(strings.Join(strings.Fields(table(r, terminal.Style{Width: 80})), " ")).To(HaveSuffix(" " + sentence))
	},
		Entry("it does", report.Hub{URL: "https://hub:8444", State: "ok"}, "Reported to the hub at https://hub:8444."),
		Entry("it does, in another way", report.Hub{URL: "https://hub:8444", State: "ok", Note: "the old certificate is used"}, "Reported to the hub at https://hub:8444; the old certificate is used."),
		Entry("it was not asked", report.Hub{URL: "https://hub:8444", State: "not_asked"}, "Not reported to the hub at https://hub:8444 yet."),
		Entry("it does not", report.Hub{State: "unavailable", Since: sample.Now(), Error: "nothing\nlistens"},
			`Not reported to the hub since 2026-11-22 03:04 UTC: nothing\u000alistens.`),
	)

	It("writes one step in each line, and never wraps a command", func() {
		c := sample.Contents()
		path := "secret/" + strings.Repeat("a/", 40) + "rep"
		c.Judgements[1].Findings[1].Steps = []verdict.Step{verdict.Do("if it is the certificate that you want, write it to the secret first:"),
			verdict.Run("cert-health", "x509", "renew", path), verdict.Run("bosh", "-d", "cf", "deploy")}
		Expect(table(report.Build(c), terminal.Style{Width: 80})).To(ContainSubstring(`
  next      if it is the certificate that you want, write it to the secret
            first:
            cert-health x509 renew ` + path + `
            bosh -d cf deploy
`))
	})

	It("writes reports of older releases, which have steps in one line and no name of the source", func() {
		var old report.Report
		Expect(json.Unmarshal([]byte(`{"schema": 1, "checked_at": "2026-11-22T03:04:05Z", "reference": {"source": "vault", "state": "ok"},
			"certificates": [{"name": "rep", "locations": [{"file": "/f"}],
				"findings": [{"code": "expired", "severity": "critical", "message": "expired; its peers refuse it", "next": "a, then b"}]}]}`), &old)).To(Succeed())
		text := table(&old, terminal.Style{Width: 80})
		Expect(text).To(ContainSubstring("VAULT"))
		Expect(text).To(ContainSubstring("\nrep [expired]\n  at        /f\n  critical  expired; its peers refuse it\n  next      a, then b\n"))
		Expect(text).To(ContainSubstring("Compared with Vault at"))
	})

	It("names any source", func() {
		c := sample.Contents()
		c.Source.Source, c.Source.Name = "credhub", "CredHub"
		text := table(report.Build(c), terminal.Style{Width: 80})
		Expect(text).To(ContainSubstring("  CREDHUB  "))
		Expect(text).To(MatchRegexp(`Compared\s+with CredHub at`))
	})

	It("returns the error of a closed pipe", func() {
		Expect(terminal.WriteTable(report.Build(sample.Contents()), closed{}, terminal.Style{})).To(MatchError(ContainSubstring("gone")))
	})
})
