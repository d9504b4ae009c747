package verdict_test

import (
	"crypto/x509"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
	"cert-health/internal/scenario"
	"cert-health/internal/strict"
	"cert-health/internal/verdict"
)

// Two CAs of one name, as a rotation makes them, and what they signed.
var (
	oldCA, newCA = issueCA("cf_ca", nil), issueCA("cf_ca", nil)
	byOld, byNew = issue(oldCA), issue(newCA)
	intermediate = issueCA("intermediate", oldCA)
)

func issueCA(name string, issuer *scenario.Pair) *scenario.Pair {
	return scenario.Issue(scenario.Spec{CommonName: name, CA: true, Issuer: issuer,
		NotBefore: now.Add(-day), NotAfter: now.Add(3000 * day)})
}

func issue(issuer *scenario.Pair, change ...func(*scenario.Spec)) *scenario.Pair {
	spec := scenario.Spec{CommonName: "rep", Issuer: issuer, NotBefore: now.Add(-day), NotAfter: now.Add(300 * day)}
	for _, f := range change {
		f(&spec)
	}
	return scenario.Issue(spec)
}

// at deploys a certificate in files of /var/vcap/jobs, which name their job first.
func at(p *scenario.Pair, files ...string) cert.Deployed {
	d := cert.Deployed{Certificate: p.Noun(), Role: cert.Leaf}
	if p.X509.IsCA {
		d.Role = cert.Trust
	}
	for _, file := range files {
		job, _, _ := strings.Cut(file, "/")
		d.Locations = append(d.Locations, cert.Location{Job: job, File: "/var/vcap/jobs/" + file, Line: 1, Form: cert.PEM})
	}
	return d
}

// outside deploys a certificate in a file outside the directories of jobs.
func outside(p *scenario.Pair, file string) cert.Deployed {
	d := at(p)
	d.Locations = []cert.Location{{File: file, Form: cert.PEM}}
	return d
}

// untrusted returns the findings of this code about the first of the deployed.
func untrusted(facts verdict.Facts, p *verdict.Policy) (found []told) {
	facts.Now, facts.Deployment, facts.Source = now, "cf", vault
	for i, judgement := range verdict.Judge(facts, p) {
		for _, finding := range tell(judgement.Findings) {
			if finding.Code == verdict.Untrusted {
				Expect(i).To(BeZero())
				found = append(found, finding)
			}
		}
	}
	return found
}

var _ = Describe("a leaf and the CAs beside it", func() {
	DescribeTable("that match",
		func(deployed ...cert.Deployed) {
			Expect(untrusted(verdict.Facts{Deployed: deployed}, policy())).To(BeEmpty())
		},
		Entry("its own CA", at(byOld, "rep/tls.crt"), at(oldCA, "rep/ca.crt")),
		Entry("old and new CA, leaf of the old", at(byOld, "rep/tls.crt"), at(oldCA, "rep/ca.crt"), at(newCA, "rep/ca.crt")),
		Entry("old and new CA, leaf of the new", at(byNew, "rep/tls.crt"), at(oldCA, "rep/ca.crt"), at(newCA, "rep/ca.crt")),
		Entry("no CA", at(byOld, "rep/tls.crt")),
		Entry("a CA with another name", at(byOld, "rep/tls.crt"),
			at(issueCA("other", nil), "rep/ca.crt")),
		Entry("a CA of another generation in another job", at(byOld, "rep/tls.crt"), at(newCA, "bbs/ca.crt")),
		Entry("a CA of another generation in another file outside the directories of jobs", outside(byOld, "/etc/tls.crt"), outside(newCA, "/etc/ca.crt")),
		Entry("a CA of another generation, while another job has the right one", at(byOld, "rep/tls.crt"), at(newCA, "rep/ca.crt"), at(oldCA, "bbs/ca.crt")),
		Entry("a self-signed leaf", at(issue(nil, func(s *scenario.Spec) { s.CommonName = "cf_ca" }), "rep/tls.crt"), at(oldCA, "rep/ca.crt")),
		Entry("a chain with an intermediate", at(issue(intermediate), "rep/tls.crt"), at(intermediate, "rep/tls.crt"), at(oldCA, "rep/ca.crt")),
		Entry("an intermediate that only the peers have", at(issue(intermediate), "rep/tls.crt"), at(oldCA, "rep/ca.crt"), at(newCA, "rep/ca.crt")),
		Entry("a signature that is not verified", at(issue(oldCA, func(s *scenario.Spec) { s.SignedWith = x509.ECDSAWithSHA1 }), "rep/tls.crt"),
			at(newCA, "rep/ca.crt")),
		Entry("an intermediate without the CA that signed it", at(intermediate, "rep/tls.crt"), at(newCA, "rep/ca.crt")),
	)

	DescribeTable("that do not match",
		func(deployed ...cert.Deployed) {
			found := untrusted(verdict.Facts{Deployed: deployed}, policy())
			Expect(found).To(HaveLen(1))
			Expect(found[0].Severity).To(Equal(verdict.Error))
		},
		Entry("the new CA alone, leaf of the old", at(byOld, "rep/tls.crt"), at(newCA, "rep/ca.crt")),
		Entry("the old CA alone, leaf of the new", at(byNew, "rep/tls.crt"), at(oldCA, "rep/ca.crt")),
		Entry("a bundle with two CAs of other generations", at(byOld, "rep/tls.crt"), at(newCA, "rep/ca.crt"), at(issueCA("cf_ca", nil), "rep/ca.crt")),
		Entry("a CA of another generation that has the name of the leaf too", at(issue(oldCA, func(s *scenario.Spec) { s.CommonName = "cf_ca" }), "rep/tls.crt"), at(newCA, "rep/ca.crt")),
		Entry("in one file outside the directories of jobs", outside(byOld, "/etc/tls.crt"), outside(newCA, "/etc/tls.crt")),
		Entry("an intermediate that was rotated", at(issue(intermediate), "rep/tls.crt"), at(issueCA("intermediate", oldCA), "rep/tls.crt"), at(oldCA, "rep/ca.crt")),
		Entry("an expired leaf", at(issue(oldCA, func(s *scenario.Spec) { s.NotAfter = now.Add(-time.Hour) }), "rep/tls.crt"), at(newCA, "rep/ca.crt")),
	)

	It("is judged at each place", func() {
		deployed := []cert.Deployed{at(byOld, "bbs/tls.crt", "rep/tls.crt", "rep/b.crt"), at(newCA, "rep/ca.crt")}
		found := untrusted(verdict.Facts{Deployed: deployed}, policy())
		Expect(found).To(HaveLen(1))
		Expect(found[0].Message).To(HaveSuffix("(at 2 of its 3 places)"))
		silent := policy(func(p *verdict.Policy) {
			p.Ignore = []verdict.Ignore{{Scope: verdict.Scope{Job: "rep"}, Reason: "r", Until: strict.Date{End: now.Add(day)}}}
		})
		Expect(untrusted(verdict.Facts{Deployed: deployed}, silent)).To(BeEmpty())
	})

	It("names the nearest CA", func() {
		found := untrusted(verdict.Facts{Deployed: []cert.Deployed{
			at(byOld, "rep/config/certs/tls.crt"), at(newCA, "rep/config/ca.crt", "rep/config/certs/ca.crt"),
		}}, policy())
		Expect(found).To(HaveLen(1))
		Expect(found[0].Message).To(ContainSubstring("/var/vcap/jobs/rep/config/certs/ca.crt"))
	})

	Describe("that do not match, in words", func() {
		deployed := []cert.Deployed{at(byOld, "rep/config/certs/tls.crt"), at(newCA, "rep/config/certs/ca.crt")}
		worded := func(references map[cert.Fingerprint]cert.Reference) told {
			found := untrusted(verdict.Facts{Deployed: deployed, References: references}, policy())
			Expect(found).To(HaveLen(1))
			return found[0]
		}
		const message = "in /var/vcap/jobs/rep/config/certs/tls.crt it does not chain to any CA of its job with its issuer's name: " +
			"CN=cf_ca in /var/vcap/jobs/rep/config/certs/ca.crt has another key"
		const add = "add the CA that signed it to the property that fills /var/vcap/jobs/rep/config/certs/ca.crt, or reissue it"

		It("has the step to reissue it", func() {
			Expect(worded(nil)).To(Equal(told{Code: verdict.Untrusted, Severity: verdict.Error,
				Message: message, Why: "peers that trust only this CA refuse it", Next: add + " at its issuer (CN=cf_ca), then merge the manifest anew, then: bosh -d cf deploy MANIFEST"}))
			current := cert.Reference{State: cert.Current, Mount: "secret/", Path: "rep", Key: "certificate"}
			Expect(worded(map[cert.Fingerprint]cert.Reference{byOld.Fingerprint(): current}).Next).To(
				Equal(add + ": cert-health x509 reissue secret/rep, then merge the manifest anew, then: bosh -d cf deploy MANIFEST"))
		})

		It("has the step to deploy if Vault holds a newer leaf or CA that is valid", func() {
			for _, outdated := range []*scenario.Pair{byOld, newCA} {
				held := byNew.Noun().Summary()
				references := map[cert.Fingerprint]cert.Reference{outdated.Fingerprint(): {State: cert.Stale, Current: &held}}
				Expect(worded(references).Next).To(Equal("merge the manifest anew, then: bosh -d cf deploy MANIFEST"))
				held.NotAfter = now.Add(-day)
				Expect(worded(references).Next).To(HavePrefix(add))
			}
		})

		It("has the step to deploy if Vault's bundle holds a CA that the file lacks", func() {
			reference := cert.Reference{State: cert.Current, Bundle: []cert.Summary{newCA.Noun().Summary()}}
			references := map[cert.Fingerprint]cert.Reference{newCA.Fingerprint(): reference}
			Expect(worded(references).Next).To(HavePrefix(add))
			reference.Bundle = append(reference.Bundle, oldCA.Noun().Summary())
			references[newCA.Fingerprint()] = reference
			Expect(worded(references).Next).To(Equal("merge the manifest anew, then: bosh -d cf deploy MANIFEST"))
		})
	})
})
