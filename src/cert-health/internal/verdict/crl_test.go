package verdict_test

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
	"cert-health/internal/verdict"
)

var _ = Describe("JudgeCRLs", func() {
	const file = "/var/vcap/jobs/haproxy/config/crl.pem"
	list := func(file, issuer string, age, left time.Duration) cert.DeployedCRL {
		return cert.DeployedCRL{Job: "haproxy", File: file, CRL: cert.CRL{
			Issuer: issuer, ThisUpdate: now.Add(-age), NextUpdate: now.Add(left), Line: 3}}
	}
	weigh := func(p *verdict.Policy, lists ...cert.DeployedCRL) []verdict.Problem {
		return verdict.JudgeCRLs(lists, verdict.Facts{Deployment: "cf", Now: now}, p)
	}

	It("says which certificates are refused, and what to do", func() {
		Expect(weigh(policy(), list(file, "CN=ca", 90*day, -2*day))).To(Equal([]verdict.Problem{{
			Code: verdict.Expired, Severity: verdict.Error, About: "revocation list of CN=ca", Job: "haproxy", File: file, Line: 3,
			Message: "its next update was due 2 days ago (2026-11-20 03:00 UTC)",
			Why:     "programs that check by it refuse every certificate of this CA, revoked or not",
			Steps: []verdict.Step{verdict.Do("have the CA issue a new list, and put it into the property that fills %s", file),
				{Do: "merge the manifest anew, then:", Stage: verdict.Deploying}, {Run: []string{"bosh", "-d", "cf", "deploy", "MANIFEST"}, Stage: verdict.Deploying}},
		}}))
	})

	DescribeTable("uses the thresholds of certificates, relative to the lifetime of the list",
		func(age, left time.Duration, expected verdict.Code, severity verdict.Severity) {
			problems := weigh(policy(), list(file, "CN=ca", age, left))
			if expected == "" {
				Expect(problems).To(BeEmpty())
				return
			}
			Expect(problems).To(HaveLen(1))
			Expect(problems[0].Code).To(Equal(expected))
			Expect(problems[0].Severity).To(Equal(severity))
		},
		Entry("a year's, with 31 days left", 334*day, 31*day, verdict.Code(""), verdict.OK),
		Entry("a year's, with 29 days left", 336*day, 29*day, verdict.Expiring, verdict.Warning),
		Entry("a year's, with 6 days left", 359*day, 6*day, verdict.ExpiringSoon, verdict.Error),
		Entry("a week's, with 3 days left", 4*day, 3*day, verdict.Code(""), verdict.OK),
		Entry("a week's, with 2 days left", 5*day, 2*day, verdict.Expiring, verdict.Warning),
		Entry("a week's, with 16 hours left", 152*time.Hour, 16*time.Hour, verdict.ExpiringSoon, verdict.Error),
		Entry("a week's, past its end", 8*day, -time.Second, verdict.Expired, verdict.Error),
	)

	It("ignores a list without a next update", func() {
		forever := list(file, "CN=ca", day, 0)
		forever.NextUpdate = time.Time{}
		Expect(weigh(policy(), forever)).To(BeEmpty())
		Expect(weigh(policy(), list(file, "CN=ca", day, -day), forever)).To(BeEmpty())
		Expect(weigh(policy(), forever, list(file, "CN=ca", day, -day))).To(BeEmpty())
	})

	It("ignores an old list with its successor in the same file", func() {
		old, young := list(file, "CN=ca", 20*day, -2*day), list(file, "CN=ca", day, 364*day)
		Expect(weigh(policy(), old, young)).To(BeEmpty())
		Expect(weigh(policy(), young, old)).To(BeEmpty())
		Expect(weigh(policy(), old, list("/other", "CN=ca", day, 364*day))).To(HaveLen(1), "a list in another file does not count")
		Expect(weigh(policy(), old, list(file, "CN=other", day, 364*day))).To(HaveLen(1), "a list of another CA does not count")
	})

	It("uses the thresholds of the rules for the place of the list", func() {
		p := policy(func(p *verdict.Policy) {
			p.Rules = []verdict.Rule{{Scope: verdict.Scope{Job: "haproxy"}, Thresholds: verdict.Thresholds{Expiring: day, ExpiringSoon: time.Hour}}}
		})
		Expect(weigh(p, list(file, "CN=ca", 336*day, 29*day))).To(BeEmpty())
	})

	It("names the command that renews the list of a CA in Vault", func() {
		authority := certificate(day, 300*day, ca, func(c *cert.Certificate) { c.Subject = "CN=ca" })
		other := certificate(day, 300*day, ca, func(c *cert.Certificate) { c.Subject = "CN=ca" })
		facts := verdict.Facts{Deployment: "cf", Now: now, Source: vault,
			Deployed: []cert.Deployed{deployed(authority, cert.CA, "/ca"), deployed(other, cert.CA, "/ca")},
			References: map[cert.Fingerprint]cert.Reference{
				authority.Fingerprint: {State: cert.Current, Mount: "secret/", Path: "cf/ca", Key: "certificate"},
				other.Fingerprint:     {State: cert.Unknown},
			}}
		next := func() string {
			return verdict.Join(verdict.JudgeCRLs([]cert.DeployedCRL{list(file, "CN=ca", 90*day, -day)}, facts, policy())[0].Steps)
		}
		Expect(next()).To(Equal("cert-health x509 crl --renew secret/cf/ca, then merge the manifest anew, then: bosh -d cf deploy MANIFEST"))

		facts.References[other.Fingerprint] = cert.Reference{State: cert.Current, Mount: "secret/", Path: "cf/other", Key: "certificate"}
		Expect(next()).To(HavePrefix("have the CA issue a new list"), "it is unknown which of the two is meant")
	})

	It("looks for the CA in the source only if the list has a finding", func() {
		authority := certificate(day, 300*day, ca, func(c *cert.Certificate) { c.Subject = "CN=ca" })
		asked := 0
		facts := verdict.Facts{Now: now, Source: counted{vault, &asked}, Deployed: []cert.Deployed{deployed(authority, cert.CA, "/ca")},
			References: map[cert.Fingerprint]cert.Reference{authority.Fingerprint: {State: cert.Current, Mount: "secret/", Path: "cf/ca", Key: "certificate"}}}
		well, due := list("/well", "CN=ca", day, 364*day), list("/due", "CN=ca", 90*day, -day)
		Expect(verdict.JudgeCRLs([]cert.DeployedCRL{well, well}, facts, policy())).To(BeEmpty())
		Expect(asked).To(BeZero())
		Expect(verdict.JudgeCRLs([]cert.DeployedCRL{well, due}, facts, policy())).To(HaveLen(1))
		Expect(asked).To(Equal(1))
	})
})

// counted is a source that counts how often it is asked for steps.
type counted struct {
	verdict.Source
	asked *int
}

func (c counted) Steps(action verdict.Action, h verdict.Held) []verdict.Step {
	*c.asked++
	return c.Source.Steps(action, h)
}
