package verdict_test

import (
	"crypto/x509"
	"math"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
	"cert-health/internal/strict"
	"cert-health/internal/verdict"
)

const day = 24 * time.Hour

var now = time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)

// serial makes the certificates of the tests different.
var serial byte

// certificate makes a noun that is valid from before now to after it.
func certificate(before, after time.Duration, change ...func(*cert.Certificate)) *cert.Certificate {
	serial++
	c := &cert.Certificate{
		Fingerprint: cert.Fingerprint{serial}, Subject: "CN=x", CommonName: "x", SANs: []string{"x"}, Issuer: "CN=ca",
		NotBefore: now.Add(-before), NotAfter: now.Add(after),
		ExtKeyUsage: []string{"serverAuth"}, KeyAlgorithm: x509.RSA, KeyBits: 2048, SignatureAlgorithm: x509.SHA256WithRSA,
	}
	for _, f := range change {
		f(c)
	}
	return c
}

// held is what a source knows of such a certificate.
func held(before, after time.Duration) *cert.Summary {
	summary := certificate(before, after).Summary()
	return &summary
}

func ca(c *cert.Certificate) { c.CA, c.ExtKeyUsage = true, nil }

func deployed(c *cert.Certificate, role cert.Role, files ...string) cert.Deployed {
	d := cert.Deployed{Certificate: c, Role: role}
	for _, file := range files {
		d.Locations = append(d.Locations, cert.Location{Job: "rep", File: file, Line: 1, Form: cert.PEM})
	}
	return d
}

func policy(change ...func(*verdict.Policy)) *verdict.Policy {
	p := &verdict.Policy{Thresholds: verdict.DefaultThresholds()}
	for _, f := range change {
		f(p)
	}
	return p
}

// judge judges one leaf with a reference, which may be nil.
func judge(c *cert.Certificate, role cert.Role, reference *cert.Reference, p *verdict.Policy) verdict.Judgement {
	facts := verdict.Facts{Deployed: []cert.Deployed{deployed(c, role, "/f")}, Deployment: "cf", Instance: "cell/0", Now: now, Source: vault}
	if reference != nil {
		facts.References = map[cert.Fingerprint]cert.Reference{c.Fingerprint: *reference}
	}
	return verdict.Judge(facts, p)[0]
}

type code struct {
	verdict.Code
	verdict.Severity
}

func codes(j verdict.Judgement) []code {
	list := []code{}
	for _, finding := range j.Findings {
		list = append(list, code{finding.Code, finding.Severity})
	}
	return list
}

var _ = Describe("Judge", func() {
	DescribeTable("validity, relative to the lifetime",
		func(before, after time.Duration, expected ...code) {
			Expect(codes(judge(certificate(before, after), cert.Leaf, nil, policy()))).To(Equal(append([]code{}, expected...)))
		},
		Entry("well", 100*day, 265*day),
		Entry("exactly 30 days left", 335*day, 30*day),
		Entry("less than 30 days left", 335*day, 30*day-1, code{verdict.Expiring, verdict.Warning}),
		Entry("exactly 7 days left", 358*day, 7*day, code{verdict.Expiring, verdict.Warning}),
		Entry("less than 7 days left", 358*day, 7*day-1, code{verdict.ExpiringSoon, verdict.Error}),
		Entry("a third of a short life left", 16*time.Hour, 8*time.Hour),
		Entry("less than a third of it", 16*time.Hour, 8*time.Hour-3*time.Second, code{verdict.Expiring, verdict.Warning}),
		Entry("less than a tenth of it", 22*time.Hour, 2*time.Hour, code{verdict.ExpiringSoon, verdict.Error}),
		Entry("the last moment", 365*day, time.Duration(0), code{verdict.ExpiringSoon, verdict.Error}),
		Entry("a second over", 365*day, -time.Second, code{verdict.Expired, verdict.Critical}),
		Entry("not yet", -5*time.Minute-1, 365*day, code{verdict.NotYetValid, verdict.Critical}),
		Entry("not yet, by clocks that differ", -5*time.Minute, 365*day),
		Entry("never, and past its end", -100*day, -day, code{verdict.Expired, verdict.Critical}),
		Entry("never, and both past", 100*day, -200*day, code{verdict.Expired, verdict.Critical}),
		Entry("never, and both to come", -100*day, 20*day, code{verdict.NotYetValid, verdict.Critical}),
		Entry("never, and about to begin", -time.Minute, time.Second, code{verdict.NotYetValid, verdict.Critical}),
		Entry("without an end", 100*day, time.Duration(math.MaxInt64)),
	)

	stale := func(since time.Duration) *cert.Reference {
		return &cert.Reference{State: cert.Stale, Mount: "secret/", Path: "rep", Key: "certificate",
			DeployedVersion: 1, CurrentVersion: 3, Since: now.Add(-since), Current: held(day, 300*day)}
	}

	It("gives drift a grace, but not for a certificate that is not valid", func() {
		Expect(codes(judge(certificate(day, 300*day), cert.Leaf, stale(23*time.Hour), policy()))).To(Equal([]code{{verdict.Stale, verdict.Info}}))
		Expect(codes(judge(certificate(day, 300*day), cert.Leaf, stale(24*time.Hour), policy()))).To(Equal([]code{{verdict.Stale, verdict.Error}}))
		Expect(codes(judge(certificate(300*day, -time.Hour), cert.Leaf, stale(time.Minute), policy()))).To(Equal([]code{
			{verdict.Expired, verdict.Critical}, {verdict.Stale, verdict.Error}}))
	})

	DescribeTable("several secrets that may be about it",
		func(elsewhere bool, since time.Duration, expected verdict.Severity) {
			reference := &cert.Reference{State: cert.Ambiguous, Candidates: []string{"a"}, Elsewhere: elsewhere, Since: now.Add(-since)}
			Expect(codes(judge(certificate(day, 300*day), cert.Leaf, reference, policy()))).To(Equal([]code{{verdict.ReferenceUnavailable, expected}}))
		},
		Entry("of the deployment, within the grace", false, 23*time.Hour, verdict.Info),
		Entry("of the deployment, after the grace", false, 24*time.Hour, verdict.Warning),
		Entry("of other deployments", true, 1000*time.Hour, verdict.Info),
	)

	It("has no grace for a revoked certificate, unless it is not valid any more", func() {
		revoked := &cert.Reference{State: cert.Stale, Since: now, Revoked: now, Mount: "secret/", Path: "rep"}
		Expect(codes(judge(certificate(day, 300*day), cert.Leaf, revoked, policy()))).To(Equal([]code{{verdict.Stale, verdict.Error}}))
		Expect(codes(judge(certificate(day, 300*day, ca), cert.Trust, revoked, policy()))).To(Equal([]code{{verdict.Stale, verdict.Error}}))
		revoked.State = cert.Current
		Expect(codes(judge(certificate(300*day, -time.Hour, ca), cert.Trust, revoked, policy()))).To(Equal([]code{{verdict.Expired, verdict.Error}}))
	})

	It("counts the grace from the beginning of the current certificate if the source keeps no dates", func() {
		reference := stale(0)
		reference.Since = time.Time{}
		reference.Current = held(2*time.Hour, 300*day)
		Expect(codes(judge(certificate(100*day, 100*day), cert.Leaf, reference, policy()))).To(Equal([]code{{verdict.Stale, verdict.Info}}))
		reference.Current = held(2*day, 300*day)
		Expect(codes(judge(certificate(100*day, 100*day), cert.Leaf, reference, policy()))).To(Equal([]code{{verdict.Stale, verdict.Error}}))
	})

	DescribeTable("states without a finding",
		func(state cert.ReferenceState) {
			Expect(judge(certificate(day, 300*day), cert.Leaf, &cert.Reference{State: state}, policy()).Findings).To(BeEmpty())
		},
		Entry(nil, cert.Current), Entry(nil, cert.Unknown),
	)

	It("finds an unexpected certificate", func() {
		reference := stale(48 * time.Hour)
		reference.State = cert.Unexpected
		findings := tell(judge(certificate(day, 300*day), cert.Leaf, reference, policy()).Findings)
		Expect(findings).To(HaveLen(1))
		Expect(findings[0]).To(Equal(told{Code: verdict.Unexpected, Severity: verdict.Error,
			Message: "Vault has never held this certificate", Why: "secret/rep holds another certificate with the same identity (version 3)",
			Next: "if it was put there by hand: bosh -d cf recreate cell/0; if it is the certificate that you want, write it to secret/rep"}))
	})

	Describe("CAs", func() {
		siblings := func(role cert.Role, old, young *cert.Certificate) []verdict.Judgement {
			return verdict.Judge(verdict.Facts{Now: now,
				Deployed: []cert.Deployed{deployed(old, role, "/f"), deployed(young, role, "/f")}}, policy())
		}

		It("judges an expired CA by what depends on it", func() {
			expired := certificate(300*day, -day, ca)
			Expect(codes(judge(expired, cert.CA, nil, policy()))).To(Equal([]code{{verdict.Expired, verdict.Critical}}))
			Expect(codes(judge(expired, cert.Trust, nil, policy()))).To(Equal([]code{{verdict.Expired, verdict.Error}}))
		})

		It("only warns while a valid member with the same name is beside the expired one", func() {
			for _, role := range []cert.Role{cert.Trust, cert.CA} {
				judgements := siblings(role, certificate(300*day, -day, ca), certificate(day, 300*day, ca))
				Expect(codes(judgements[0])).To(Equal([]code{{verdict.Expired, verdict.Warning}}))
				Expect(judgements[1].Findings).To(BeEmpty())
			}
		})

		It("does not accept another name, another file or an expired CA as a successor", func() {
			other := certificate(day, 300*day, ca, func(c *cert.Certificate) { c.Subject = "CN=y" })
			used := deployed(certificate(day, 300*day, func(c *cert.Certificate) { c.Issuer = "CN=x" }), cert.Leaf, "/leaf")
			judgements := verdict.Judge(verdict.Facts{Now: now, Deployed: []cert.Deployed{
				deployed(certificate(300*day, -day, ca), cert.Trust, "/f"), deployed(other, cert.Trust, "/f"), used}}, policy())
			Expect(codes(judgements[0])).To(Equal([]code{{verdict.Expired, verdict.Error}}))
			Expect(codes(siblings(cert.Trust, certificate(300*day, -day, ca), certificate(300*day, -time.Hour, ca))[0])).To(Equal([]code{{verdict.Expired, verdict.Error}}))
			elsewhere := verdict.Judge(verdict.Facts{Now: now, Deployed: []cert.Deployed{
				deployed(certificate(300*day, -day, ca), cert.Trust, "/f"), deployed(certificate(day, 300*day, ca), cert.Trust, "/g")}}, policy())
			Expect(codes(elsewhere[0])).To(Equal([]code{{verdict.Expired, verdict.Error}}))
		})

		It("accepts old and new CA side by side during a rotation", func() {
			old := certificate(360*day, 5*day, ca)
			facts := verdict.Facts{Now: now, Deployed: []cert.Deployed{deployed(old, cert.Trust, "/f"), deployed(certificate(day, 300*day, ca), cert.Trust, "/f")},
				References: map[cert.Fingerprint]cert.Reference{old.Fingerprint: *stale(48 * time.Hour)}}
			Expect(codes(verdict.Judge(facts, policy())[0])).To(Equal([]code{{verdict.ExpiringSoon, verdict.Info}}))
		})

		It("accepts a CA beside its predecessor before it is valid", func() {
			judgements := siblings(cert.Trust, certificate(day, 300*day, ca), certificate(-day, 600*day, ca))
			Expect(codes(judgements[1])).To(Equal([]code{{verdict.NotYetValid, verdict.Warning}}))
		})
	})

	DescribeTable("weak cryptography",
		func(change func(*cert.Certificate), weak bool) {
			judgement := judge(certificate(day, 300*day, change), cert.Leaf, nil, policy())
			if !weak {
				Expect(judgement.Findings).To(BeEmpty())
				return
			}
			Expect(codes(judgement)).To(Equal([]code{{verdict.Weak, verdict.Warning}}))
		},
		Entry("RSA 1024", func(c *cert.Certificate) { c.KeyAlgorithm, c.KeyBits = x509.RSA, 1024 }, true),
		Entry("RSA 2048", func(c *cert.Certificate) { c.KeyAlgorithm, c.KeyBits = x509.RSA, 2048 }, false),
		Entry("SHA-1", func(c *cert.Certificate) { c.SignatureAlgorithm = x509.SHA1WithRSA }, true),
		Entry("MD5", func(c *cert.Certificate) { c.SignatureAlgorithm = x509.MD5WithRSA }, true),
		Entry("ECDSA with SHA-1", func(c *cert.Certificate) { c.SignatureAlgorithm = x509.ECDSAWithSHA1 }, true),
		Entry("a root's SHA-1", func(c *cert.Certificate) { c.SignatureAlgorithm, c.CA, c.SelfIssued = x509.SHA1WithRSA, true, true }, false),
		Entry("an intermediate's SHA-1", func(c *cert.Certificate) { c.SignatureAlgorithm, c.CA = x509.SHA1WithRSA, true }, true),
		Entry("an unknown key", func(c *cert.Certificate) { c.KeyAlgorithm, c.KeyBits = x509.UnknownPublicKeyAlgorithm, 0 }, false),
	)

	Describe("policy", func() {
		expiring := func() *cert.Certificate { return certificate(345*day, 20*day) }

		It("changes thresholds by job, file and subject", func() {
			for _, scope := range []verdict.Scope{{}, {Job: "re*"}, {File: "/*"}, {Subject: "x"}, {Subject: "CN=*"}} {
				p := policy(func(p *verdict.Policy) {
					p.Rules = []verdict.Rule{{Scope: scope, Thresholds: verdict.Thresholds{Expiring: 10 * day}}}
				})
				Expect(judge(expiring(), cert.Leaf, nil, p).Findings).To(BeEmpty(), "%+v", scope)
			}
			for _, scope := range []verdict.Scope{{Job: "bbs"}, {File: "/g"}, {Subject: "y"}} {
				p := policy(func(p *verdict.Policy) {
					p.Rules = []verdict.Rule{{Scope: scope, Thresholds: verdict.Thresholds{Expiring: 10 * day}}}
				})
				Expect(judge(expiring(), cert.Leaf, nil, p).Findings).To(HaveLen(1), "%+v", scope)
			}
		})

		It("changes severities by code, and the last rule wins", func() {
			p := policy(func(p *verdict.Policy) {
				p.Rules = []verdict.Rule{
					{Scope: verdict.Scope{Codes: []verdict.Code{verdict.Expiring}}, Severity: verdict.Critical},
					{Scope: verdict.Scope{Job: "rep"}, Severity: verdict.Info},
					{Scope: verdict.Scope{Codes: []verdict.Code{verdict.Weak}}, Severity: verdict.Critical},
				}
			})
			Expect(codes(judge(expiring(), cert.Leaf, nil, p))).To(Equal([]code{{verdict.Expiring, verdict.Info}}))
		})

		It("ignores for a reason until a date, and reports that", func() {
			ignore := verdict.Ignore{Scope: verdict.Scope{Codes: []verdict.Code{verdict.Expiring}}, Reason: "moving away", Until: strict.Date{End: now.Add(time.Hour)}}
			p := policy(func(p *verdict.Policy) { p.Ignore = []verdict.Ignore{ignore} })
			judgement := judge(expiring(), cert.Leaf, nil, p)
			Expect(judgement.Findings).To(BeEmpty())
			Expect(judgement.Ignored).To(Equal([]verdict.Ignored{{Code: verdict.Expiring, Reason: "moving away", Until: now.Add(time.Hour),
				Locations: []cert.Location{{Job: "rep", File: "/f", Line: 1, Form: cert.PEM}}}}))

			p.Ignore[0].Until.End = now
			Expect(judge(expiring(), cert.Leaf, nil, p).Findings).To(HaveLen(1))
		})

		It("keeps a finding for the places that a rule does not cover, and says how many", func() {
			c := expiring()
			p := policy(func(p *verdict.Policy) {
				p.Ignore = []verdict.Ignore{{Scope: verdict.Scope{File: "/a"}, Reason: "r", Until: strict.Date{End: now.Add(day)}}}
			})
			judgement := verdict.Judge(verdict.Facts{Now: now, Deployed: []cert.Deployed{deployed(c, cert.Leaf, "/a", "/b", "/c")}}, p)[0]
			Expect(judgement.Findings).To(HaveLen(1))
			Expect(judgement.Findings[0].Message).To(HaveSuffix("(at 2 of its 3 places)"))
		})
	})

	It("applies rules to problems", func() {
		problems := []verdict.Problem{
			{Code: verdict.Unreadable, Severity: verdict.Warning, File: "/a"}, {Code: verdict.Unreadable, Severity: verdict.Warning, File: "/b"},
			{Code: verdict.ReferenceUnavailable, Severity: verdict.Warning},
		}
		kept, ignored := verdict.JudgeProblems(problems, policy(func(p *verdict.Policy) {
			p.Ignore = []verdict.Ignore{{Scope: verdict.Scope{File: "/a"}, Reason: "r", Until: strict.Date{End: now.Add(day)}}}
			p.Rules = []verdict.Rule{{Scope: verdict.Scope{Codes: []verdict.Code{verdict.ReferenceUnavailable}}, Severity: verdict.Error}}
		}), now)
		Expect(ignored).To(HaveLen(1))
		Expect(kept).To(Equal([]verdict.Problem{problems[1], {Code: verdict.ReferenceUnavailable, Severity: verdict.Error}}))
	})
})
