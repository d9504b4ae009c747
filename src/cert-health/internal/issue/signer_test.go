package issue_test

import (
	"crypto/x509"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/issue"
	"cert-health/internal/scenario"
)

var _ = Describe("Signer", func() {
	at := time.Now()
	ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
	leaf := scenario.Issue(scenario.Spec{CommonName: "leaf", Issuer: ca})
	candidate := func(path string, p *scenario.Pair) issue.Candidate {
		return issue.Candidate{Path: path, Certificate: p.Noun()}
	}
	refused := func(leaf *scenario.Pair, candidates ...issue.Candidate) string {
		GinkgoHelper()
		found, err := issue.Signer(leaf.Noun(), candidates, at)
		Expect(err).To(HaveOccurred())
		Expect(found).To(Equal(-1))
		return err.Error()
	}

	It("finds the CA by its key and its signature, not by its name", func() {
		namesake := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
		found, err := issue.Signer(leaf.Noun(), []issue.Candidate{candidate("a", namesake), candidate("b", leaf), candidate("c", ca)}, at)
		Expect(err).NotTo(HaveOccurred())
		Expect(found).To(Equal(2))
		unlinked := scenario.Issue(scenario.Spec{CommonName: "leaf", Issuer: ca, Unlinked: true})
		found, err = issue.Signer(unlinked.Noun(), []issue.Candidate{candidate("a", namesake), candidate("c", ca)}, at)
		Expect(err).NotTo(HaveOccurred())
		Expect(found).To(Equal(1))
		Expect(refused(unlinked, candidate("a", namesake))).To(Equal("no CA that was read signed it: ca (a) has the name of its signer (CN=ca), but another key"))
		Expect(refused(leaf, candidate("a", namesake))).To(HavePrefix("no CA that was read signed it; its signer is CN=ca, key identifier "))
	})

	It("prefers, of several with one key, the one that ends last and may sign", func() {
		renewed := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true, SameKey: ca, NotAfter: at.AddDate(5, 0, 0)})
		expired := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true, SameKey: ca, NotBefore: at.AddDate(-2, 0, 0), NotAfter: at.AddDate(-1, 0, 0)})
		found, err := issue.Signer(leaf.Noun(), []issue.Candidate{candidate("a", expired), candidate("b", ca), candidate("c", renewed), candidate("d", ca)}, at)
		Expect(err).NotTo(HaveOccurred())
		Expect(found).To(Equal(2))
	})

	It("refuses one that expired, is not valid yet, or was revoked", func() {
		expired := scenario.Issue(scenario.Spec{CommonName: "old", CA: true, NotBefore: at.AddDate(-2, 0, 0), NotAfter: at.AddDate(-1, 0, 0)})
		Expect(refused(scenario.Issue(scenario.Spec{CommonName: "x", Issuer: expired}), candidate("secret/old", expired))).
			To(MatchRegexp(`^the CA old \(secret/old\) expired \d{4}-.* UTC: renew it first$`))
		early := scenario.Issue(scenario.Spec{CommonName: "early", CA: true, NotBefore: at.AddDate(1, 0, 0)})
		Expect(refused(scenario.Issue(scenario.Spec{CommonName: "x", Issuer: early}), candidate("", early))).
			To(MatchRegexp(`^the CA early becomes valid \d{4}-.* UTC: wait until then, or correct the clock of this machine$`))
		revoked := candidate("secret/ca", ca)
		revoked.Revoked = at
		Expect(refused(leaf, revoked)).To(ContainSubstring("the CA ca (secret/ca) was revoked "))
	})

	It("refuses one that is not a CA or may not sign", func() {
		notCA := scenario.Issue(scenario.Spec{CommonName: "server"})
		Expect(refused(scenario.Issue(scenario.Spec{CommonName: "x", Issuer: notCA}), candidate("secret/server", notCA))).
			To(Equal("server (secret/server) is not a CA, and programs refuse what it signs: use a CA"))
		key := keys()["ec:256"][0]
		template := &x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCRLSign, NotBefore: at.Add(-time.Hour), NotAfter: at.Add(time.Hour)}
		Expect(issue.CheckSigner(issue.Candidate{Certificate: noun(create(template, template, key.Public(), key))}, at)).
			To(MatchError(ContainSubstring("may not sign certificates, by its key usages or its kind of key")))
	})

	It("says when a signature cannot be verified", func() {
		key := keys()["rsa:2048"][0]
		parent := &x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign, NotBefore: at.Add(-time.Hour), NotAfter: at.Add(time.Hour)}
		parent.Subject.CommonName = "old ca"
		old := create(parent, parent, key.Public(), key)
		child := create(&x509.Certificate{SignatureAlgorithm: x509.SHA1WithRSA}, old, key.Public(), key)
		_, err := issue.Signer(noun(child), []issue.Candidate{{Path: "secret/ca", Certificate: noun(old)}}, at)
		Expect(err).To(MatchError(ContainSubstring("cannot be verified (SHA1-RSA): name its CA with --signed-by")))
	})
})
