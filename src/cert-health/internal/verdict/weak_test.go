package verdict_test

import (
	"crypto/x509"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
	"cert-health/internal/scenario"
	"cert-health/internal/verdict"
)

var _ = Describe("a certificate without alternative names", func() {
	nameless := func(usages ...string) func(*cert.Certificate) {
		return func(c *cert.Certificate) { c.SANs, c.ExtKeyUsage = nil, usages }
	}

	DescribeTable("is weak if a server may use it",
		func(change func(*cert.Certificate), expected ...code) {
			Expect(codes(judge(certificate(day, 300*day, change), cert.Leaf, nil, policy()))).To(Equal(append([]code{}, expected...)))
		},
		Entry("for servers only", nameless("serverAuth"), code{verdict.Weak, verdict.Warning}),
		Entry("for both sides", nameless("clientAuth", "serverAuth"), code{verdict.Weak, verdict.Info}),
		Entry("for no stated purpose", nameless(), code{verdict.Weak, verdict.Info}),
		Entry("for clients only", nameless("clientAuth")),
		Entry("a CA", func(c *cert.Certificate) { nameless()(c); c.CA = true }),
	)

	It("is weak if a server is known to use it", func() {
		c := certificate(day, 300*day, nameless())
		facts := verdict.Facts{Now: now, Deployed: []cert.Deployed{deployed(c, cert.Leaf, "/f")}, Served: showing(c)}
		Expect(codes(verdict.Judge(facts, policy())[0])).To(Equal([]code{{verdict.Weak, verdict.Warning}}))
	})

	It("is weak if some programs refuse it", func() {
		c := certificate(day, 300*day, func(c *cert.Certificate) { c.Refused = "Go programs refuse it: its serial number is negative" })
		Expect(tell(judge(c, cert.Leaf, nil, policy()).Findings)).To(Equal([]told{{Code: verdict.Weak, Severity: verdict.Warning,
			Message: "Go programs refuse it: its serial number is negative",
			Why:     "these programs do not connect to a peer with this certificate",
			Next:    "reissue it with contents that Go programs accept at its issuer (CN=ca), then merge the manifest anew, then: bosh -d cf deploy MANIFEST"}}))
	})

	It("is a CA whose signatures are not judged if Go cannot use its key", func() {
		ca := authorityOf("root", nil, brainpool)
		t := tree{"rep/a.crt": pem(issue(ca)), "rep/ca.crt": pem(ca)}
		Expect(t.findings(verdict.Facts{}, verdict.Untrusted)).To(BeEmpty())
		found := t.findings(verdict.Facts{}, verdict.Weak)
		Expect(found).To(HaveLen(1))
		Expect(found[0].Message).To(Equal("Go programs refuse it: its key is on the curve brainpoolP256r1, which Go does not know"))
		Expect(found[0].Why).To(Equal("these programs accept no certificate that it signed"))
	})

	It("is weak if it has a key or names that are not verified", func() {
		why := func(change func(*cert.Certificate)) string {
			found := tell(judge(certificate(day, 300*day, change), cert.Leaf, nil, policy()).Findings)
			Expect(found).To(HaveExactElements(HaveField("Code", verdict.Weak)))
			return found[0].Severity.String() + ": " + found[0].Message + "; " + found[0].Why
		}
		Expect(why(func(c *cert.Certificate) { c.KeyBits = 16385 })).To(Equal(
			"warning: its key has 16385 bits; OpenSSL and cert-health do not verify signatures with keys of more than 16384 bits"))
		Expect(why(func(c *cert.Certificate) { c.SANs = make([]string, 1001) })).To(Equal("info: it has 1001 alternative names; " +
			"cert-health compares at most 1000 of them with the name constraints of a CA, and Go programs refuse chains with more than 250000 such comparisons"))
		Expect(codes(judge(certificate(day, 300*day, func(c *cert.Certificate) { c.KeyBits, c.SANs = 16384, make([]string, 1000) }), cert.Leaf, nil, policy()))).To(BeEmpty())
	})

	It("has one finding with all its weaknesses", func() {
		c := certificate(day, 300*day, nameless("serverAuth"), func(c *cert.Certificate) {
			c.KeyAlgorithm, c.KeyBits, c.SignatureAlgorithm = x509.RSA, 1024, x509.SHA1WithRSA
		})
		Expect(tell(judge(c, cert.Leaf, nil, policy()).Findings)).To(Equal([]told{{Code: verdict.Weak, Severity: verdict.Warning,
			Message: "it is signed with SHA1-RSA; its RSA key has 1024 bits; it has no subject alternative name",
			Why: "signatures with SHA1-RSA can be forged, and current TLS libraries refuse them; " +
				"current TLS libraries refuse RSA keys of fewer than 2048 bits; " +
				"Go and browsers refuse it, because they ignore the common name",
			Next: "reissue it with a key of RSA 2048 or ECDSA P-256 and SHA-256 and the server's names as alternative names " +
				"at its issuer (CN=ca), then merge the manifest anew, then: bosh -d cf deploy MANIFEST"}}))
	})
})

var _ = Describe("a serial number", func() {
	numbered := func(s *scenario.Spec) { s.Serial = 0x2a }
	ca, twin := authorityOf("root", nil), authorityOf("root", nil)
	a, b := issue(ca, numbered), issue(ca, numbered)
	renewable := authorityOf("x", nil, numbered)

	It("is weak if one issuer gave it to two certificates", func() {
		found := tree{"rep/a.crt": pem(a), "bbs/b.crt": pem(b), "rep/ca.crt": pem(ca)}.findings(verdict.Facts{}, verdict.Weak)
		Expect(found).To(HaveLen(2))
		Expect(found[0]).To(Equal(told{Code: verdict.Weak, Severity: verdict.Warning,
			Message: "its issuer gave its serial number 2a also to rep at rep a.crt:1",
			Why:     "to revoke one is to revoke both, and Firefox refuses the second one that it meets",
			Next:    "reissue it with a serial number of its own at its issuer (CN=root), then merge the manifest anew, then: bosh -d cf deploy MANIFEST"}))
		Expect(found[1].Message).To(ContainSubstring("rep at bbs b.crt:1"))
	})

	It("is weak by key identifiers, which anybody can write, only if no CA of the VM signed one of the two", func() {
		Expect(tree{"rep/a.crt": pem(a), "bbs/b.crt": pem(b)}.findings(verdict.Facts{}, verdict.Weak)).To(HaveLen(2))
		claimed, liar := *twin.X509, *twin
		claimed.SubjectKeyId = ca.X509.SubjectKeyId
		liar.X509 = &claimed
		forged := issue(&liar, numbered)
		Expect(forged.X509.AuthorityKeyId).To(Equal(a.X509.AuthorityKeyId))
		for _, t := range []tree{{"rep/ca.crt": pem(ca)}, {"rep/ca.crt": pem(ca), "aaa/ca.crt": pem(twin)}, {"bbs/ca.crt": pem(ca)}} {
			t["rep/a.crt"], t["aaa/b.crt"] = pem(a), pem(forged)
			Expect(t.findings(verdict.Facts{}, verdict.Weak)).To(BeEmpty())
		}
	})

	It("is weak without key identifiers, if a CA is there whose key signed both", func() {
		t := tree{"rep/a.crt": pem(issue(ca, numbered, unlinked)), "rep/b.crt": pem(issue(ca, numbered, unlinked))}
		Expect(t.findings(verdict.Facts{}, verdict.Weak)).To(BeEmpty())
		t["rep/ca.crt"] = pem(twin, ca)
		Expect(t.findings(verdict.Facts{}, verdict.Weak)).To(HaveLen(2))
	})

	DescribeTable("is not weak",
		func(t tree) { Expect(t.findings(verdict.Facts{}, verdict.Weak)).To(BeEmpty()) },
		Entry("one certificate at two places", tree{"rep/a.crt": pem(a), "bbs/a.crt": pem(a)}),
		Entry("two CAs of one name, each with its own numbers", tree{"rep/a.crt": pem(a), "bbs/b.crt": pem(issue(twin, numbered)), "rep/ca.crt": pem(ca, twin)}),
		Entry("two CAs of one name, and no key identifiers", tree{"rep/a.crt": pem(issue(ca, numbered, unlinked)),
			"bbs/b.crt": pem(issue(twin, numbered, unlinked)), "rep/ca.crt": pem(ca, twin)}),
		Entry("a root that was renewed in place", tree{"rep/ca.crt": pem(renewable, authorityOf("x", nil, numbered, keyOf(renewable)))}),
		Entry("another number of the same issuer", tree{"rep/a.crt": pem(a), "bbs/b.crt": pem(issue(ca))}),
	)
})
