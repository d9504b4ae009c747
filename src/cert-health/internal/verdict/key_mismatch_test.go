package verdict_test

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
	"cert-health/internal/strict"
	"cert-health/internal/verdict"
)

var _ = Describe("a certificate and the private key beside it", func() {
	const directory = "/var/vcap/jobs/rep/config/certs/"

	// mismatched judges a certificate that stands at places, at some of which the
	// key is another's.
	mismatched := func(reference *cert.Reference, p *verdict.Policy, files []string, wrong ...string) []told {
		c := certificate(day, 300*day)
		facts := verdict.Facts{Deployed: []cert.Deployed{deployed(certificate(day, 300*day), cert.Leaf, files...), deployed(c, cert.Leaf, files...)},
			Deployment: "cf", Instance: "cell/0", Now: now, Source: vault}
		if reference != nil {
			facts.References = map[cert.Fingerprint]cert.Reference{c.Fingerprint: *reference}
		}
		for _, file := range wrong {
			facts.Mismatches = append(facts.Mismatches, cert.Mismatch{Certificate: c.Fingerprint,
				At:  cert.Location{Job: "rep", File: file, Line: 1, Form: cert.PEM},
				Key: cert.Location{Job: "rep", File: directory + "server.key", Line: 7, Form: cert.PEM}})
		}
		judgements := verdict.Judge(facts, p)
		Expect(judgements[0].Findings).To(BeEmpty(), "another certificate at the same places")
		return tell(judgements[1].Findings)
	}
	crt := []string{directory + "server.crt"}

	It("are a finding, only at their place", func() {
		Expect(mismatched(nil, policy(), crt)).To(BeEmpty())
		Expect(mismatched(nil, policy(), crt, "/elsewhere")).To(BeEmpty())
		Expect(mismatched(nil, policy(), crt, crt...)).To(Equal([]told{{Code: verdict.KeyMismatch, Severity: verdict.Critical,
			Message: "it is used at rep config/certs/server.crt:1 with the private key at rep config/certs/server.key:7, " +
				"which does not match it",
			Why:  "a program that loads both fails",
			Next: "put its own private key there, or reissue it at its issuer (CN=ca), then merge the manifest anew, then: bosh -d cf deploy MANIFEST"}}))
		several := mismatched(nil, policy(), []string{"/a", "/b", "/c"}, "/c", "/b")
		Expect(several).To(HaveLen(1))
		Expect(several[0].Message).To(And(ContainSubstring("at rep /b:1 with"), HaveSuffix("(at 2 of its 3 places)")))
	})

	It("can be ignored at each place", func() {
		p := policy(func(p *verdict.Policy) {
			p.Ignore = []verdict.Ignore{{Scope: verdict.Scope{File: "/a", Codes: []verdict.Code{verdict.KeyMismatch}}, Reason: "r", Until: strict.Date{End: now.Add(day)}}}
		})
		Expect(mismatched(nil, p, []string{"/a"}, "/a")).To(BeEmpty())
		Expect(mismatched(nil, p, []string{"/a", "/b"}, "/a", "/b")).To(HaveExactElements(HaveField("Message", HavePrefix("it is used at rep /b:1"))))
	})

	DescribeTable("have steps that bring them together",
		func(state cert.ReferenceState, change func(*cert.Reference), next string) {
			reference := &cert.Reference{State: state, Mount: "secret/", Path: "rep", Key: "certificate", Current: held(time.Hour, 300*day), Since: now}
			change(reference)
			for _, finding := range mismatched(reference, policy(), crt, crt...) {
				if finding.Code == verdict.KeyMismatch {
					Expect(finding.Next).To(Equal(next))
					return
				}
			}
			Fail("no such finding")
		},
		Entry("if Vault holds a newer certificate", cert.Stale, func(*cert.Reference) {}, "merge the manifest anew, then: bosh -d cf deploy MANIFEST"),
		Entry("if that one has expired", cert.Stale, func(r *cert.Reference) { r.Current = held(300*day, -day) },
			"put its own private key there, or reissue it: cert-health x509 reissue secret/rep, then merge the manifest anew, then: bosh -d cf deploy MANIFEST"),
		Entry("if Vault holds this one", cert.Current, func(*cert.Reference) {},
			"bosh -d cf recreate cell/0; if they still do not match, reissue it: cert-health x509 reissue secret/rep, then merge the manifest anew, then: bosh -d cf deploy MANIFEST"),
		Entry("if it was pasted", cert.Unexpected, func(*cert.Reference) {},
			"if it was put there by hand: bosh -d cf recreate cell/0; if it is the certificate that you want, write it and its own private key to secret/rep"),
		Entry("if Vault does not hold it", cert.Unknown, func(r *cert.Reference) { r.Key = "" },
			"put its own private key there, or reissue it at its issuer (CN=ca), then merge the manifest anew, then: bosh -d cf deploy MANIFEST"),
	)
})
