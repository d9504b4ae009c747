package issue_test

import (
	"crypto/rand"
	"crypto/x509"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/issue"
)

var _ = Describe("New", func() {
	leaf := issue.Profile{Names: []string{"bbs.service.cf.internal", "*.bbs.cf.internal", "10.0.0.1", "fd00::1", "a@b.c", "spiffe://cf/bbs", "10.0.0.1"}}

	for _, kind := range keyTypes {
		It("makes a CA and a leaf that OpenSSL verifies: "+kind, func() {
			ca, key := root(kind)
			for _, other := range keyTypes {
				made, err := issue.New(leaf, keys()[other][1], by(ca, key))
				Expect(err).NotTo(HaveOccurred())
				expectVerified(made, []*x509.Certificate{ca}, "-purpose", "sslserver")
				expectVerified(made, []*x509.Certificate{ca}, "-purpose", "sslclient")
				Expect(made.KeyUsage&x509.KeyUsageDigitalSignature).NotTo(BeZero(), other)
				Expect(made.KeyUsage&x509.KeyUsageKeyEncipherment != 0).To(Equal(other == "rsa:2048"), other)
			}
		})

		It("has successors that OpenSSL verifies: "+kind, func() {
			ca, key := root(kind)
			made, err := issue.New(leaf, keys()["rsa:2048"][1], by(ca, key))
			Expect(err).NotTo(HaveOccurred())
			renewedCA, err := issue.Renew(ca, issue.Changes{Lifetime: 9 * 365 * day}, by(nil, key))
			Expect(err).NotTo(HaveOccurred())
			expectVerified(made, []*x509.Certificate{renewedCA})
			again, err := issue.Renew(made, issue.Changes{}, by(renewedCA, key))
			Expect(err).NotTo(HaveOccurred())
			expectVerified(again, []*x509.Certificate{ca})

			reissuedCA, err := issue.Reissue(ca, keys()[kind][1], issue.Changes{}, self())
			Expect(err).NotTo(HaveOccurred())
			other, err := issue.Reissue(made, keys()["ec:256"][1], issue.Changes{Usages: []string{"server_auth"}}, by(reissuedCA, keys()[kind][1]))
			Expect(err).NotTo(HaveOccurred())
			expectVerified(other, []*x509.Certificate{reissuedCA})
			Expect(reissuedCA.CheckSignatureFrom(reissuedCA)).To(Succeed())
			Expect(made.CheckSignatureFrom(reissuedCA)).NotTo(Succeed())
			Expect(other.KeyUsage).To(BeZero())
		})
	}

	It("divides names by their kind, and writes each once", func() {
		ca, key := root("ec:256")
		made, err := issue.New(leaf, keys()["ec:256"][1], by(ca, key))
		Expect(err).NotTo(HaveOccurred())
		Expect(made.Subject.CommonName).To(Equal("bbs.service.cf.internal"))
		Expect(made.DNSNames).To(Equal([]string{"bbs.service.cf.internal", "*.bbs.cf.internal"}))
		Expect(made.IPAddresses).To(HaveLen(2))
		Expect(made.EmailAddresses).To(Equal([]string{"a@b.c"}))
		Expect(made.URIs).To(HaveLen(1))
		for _, name := range []string{"", "a b", "bücher.example", "a..b", "spiffe://%zz"} {
			_, err := issue.New(issue.Profile{Subject: issue.CommonName("x"), Names: []string{name}}, key, self())
			Expect(err).To(MatchError(ContainSubstring("alternative name")), name)
		}
		_, err = issue.New(issue.Profile{}, key, self())
		Expect(err).To(MatchError("the certificate has no name: give a name or a subject"))
	})

	It("begins five minutes ago, ends as asked, and never outlives its CA", func() {
		ca, key := root("ec:256")
		Expect(ca.NotBefore).To(Equal(now.Add(-5 * time.Minute)))
		Expect(ca.NotAfter).To(Equal(now.Add(issue.CALifetime)))
		made, err := issue.New(leaf, key, by(ca, key))
		Expect(err).NotTo(HaveOccurred())
		Expect(made.NotAfter).To(Equal(now.Add(issue.LeafLifetime)))
		long := leaf
		long.Lifetime = 20 * 365 * day
		signing := by(ca, key)
		made, err = issue.New(long, key, signing)
		Expect(err).NotTo(HaveOccurred())
		Expect(made.NotAfter).To(Equal(ca.NotAfter))
		Expect(issue.Capped(made, signing)).To(BeTrue())
		signing.Now = now.Add(-time.Minute)
		made, err = issue.New(leaf, key, signing)
		Expect(err).NotTo(HaveOccurred())
		Expect(made.NotBefore).To(Equal(ca.NotBefore), "never before its CA")
		signing.Now = ca.NotAfter.Add(time.Second)
		_, err = issue.New(leaf, key, signing)
		Expect(err).To(MatchError(HaveSuffix("expired 2036-05-01 03:02 UTC: renew it first")))
	})

	It("keeps an end that never comes", func() {
		ca, key := root("ec:256")
		endless := create(&x509.Certificate{NotBefore: now, NotAfter: time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)}, ca, key.Public(), key)
		made, err := issue.Renew(endless, issue.Changes{}, by(nil, key))
		Expect(err).NotTo(HaveOccurred())
		Expect(made.NotAfter).To(Equal(endless.NotAfter))
		made, err = issue.Renew(endless, issue.Changes{}, by(ca, key))
		Expect(err).NotTo(HaveOccurred())
		Expect(made.NotAfter).To(Equal(ca.NotAfter))
	})

	It("sets path lengths that programs accept", func() {
		ca, key := root("ec:256")
		Expect(ca.MaxPathLen).To(Equal(1))
		below, err := issue.New(issue.Profile{Subject: issue.CommonName("below"), CA: true}, keys()["rsa:2048"][0], by(ca, key))
		Expect(err).NotTo(HaveOccurred())
		Expect(below.MaxPathLen).To(BeZero())
		Expect(below.MaxPathLenZero).To(BeTrue())
		made, err := issue.New(leaf, key, by(below, keys()["rsa:2048"][0]))
		Expect(err).NotTo(HaveOccurred())
		expectVerified(made, []*x509.Certificate{ca, below})
		_, err = issue.New(issue.Profile{Subject: issue.CommonName("too deep"), CA: true}, key, by(below, keys()["rsa:2048"][0]))
		Expect(err).To(MatchError("the CA below permits no CA below it (its path length is 0): let its own CA sign"))
	})

	It("makes a CA of a root of version 1 again", func() {
		// crypto/x509 writes version 3 only; a certificate of version 1 is read from what openssl writes.
		out, err := openssl(pemOf(keys()["rsa:2048"][0]), "req", "-new", "-key", "/dev/stdin", "-subj", "/CN=old")
		Expect(err).NotTo(HaveOccurred(), out)
		ca := oldRoot(out, keys()["rsa:2048"][0])
		if ca.Version != 1 {
			Skip("this openssl writes version 3")
		}
		made, err := issue.Renew(ca, issue.Changes{}, by(nil, keys()["rsa:2048"][0]))
		Expect(err).NotTo(HaveOccurred())
		Expect(made.IsCA).To(BeTrue())
		Expect(made.Version).To(Equal(3))
	})

	DescribeTable("refuses", func(change func(*issue.Profile, *issue.Signing), said string) {
		ca, key := root("ec:256")
		profile, signing := leaf, by(ca, key)
		change(&profile, &signing)
		_, err := issue.New(profile, key, signing)
		Expect(err).To(MatchError(ContainSubstring(said)))
	},
		Entry("another key than the CA's", func(_ *issue.Profile, s *issue.Signing) { s.Key = keys()["rsa:2048"][0] }, "does not belong to the CA"),
		Entry("a signer without a key", func(_ *issue.Profile, s *issue.Signing) { s.Key = issue.Key{} }, "the private key of the CA is missing"),
		Entry("a signer that is not a CA", func(p *issue.Profile, s *issue.Signing) {
			made, err := issue.New(*p, s.Key, *s)
			Expect(err).NotTo(HaveOccurred())
			s.CA = made
		}, "is not a CA, and programs refuse what it signs"),
		Entry("an algorithm of another kind of key", func(p *issue.Profile, _ *issue.Signing) { p.Algorithm = x509.SHA256WithRSA }, "cannot make signatures of SHA256-RSA"),
		Entry("an unknown usage", func(p *issue.Profile, _ *issue.Signing) { p.Usages = []string{"x"} }, `"x" is not a key usage: use server_auth, `),
		Entry("a usage of RSA keys", func(p *issue.Profile, _ *issue.Signing) { p.Usages = []string{"key_encipherment"} }, "cannot have the key usage key_encipherment"),
		Entry("a usage of CAs", func(p *issue.Profile, _ *issue.Signing) { p.Usages = []string{"key-cert-sign"} }, "only a CA may have the key usage key_cert_sign"),
		Entry("none beside others", func(p *issue.Profile, _ *issue.Signing) { p.Usages = []string{"none", "crl_sign"} }, "cannot stand beside others"),
		Entry("no serial number", func(_ *issue.Profile, s *issue.Signing) { s.Serial = nil }, "the serial number must be positive"),
	)

	It("signs for no name that the constraints of the CA forbid", func() {
		key := keys()["ec:256"][0]
		ca := create(&x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign, PermittedDNSDomains: []string{"cf.internal"}},
			&x509.Certificate{}, key.Public(), key)
		_, err := issue.New(issue.Profile{Names: []string{"x.example"}}, key, by(ca, key))
		Expect(err).To(MatchError(ContainSubstring("may not sign for the name x.example")))
	})

	It("has no usages if none are wanted", func() {
		made, err := issue.New(issue.Profile{Names: []string{"x"}, Usages: []string{"none"}}, keys()["ec:256"][0], self())
		Expect(err).NotTo(HaveOccurred())
		Expect(made.KeyUsage).To(BeZero())
		Expect(made.ExtKeyUsage).To(BeEmpty())
	})
})

var _ = DescribeTable("ParseSubject", func(text, expected string) {
	subject, err := issue.ParseSubject(text)
	if expected == "" {
		Expect(err).To(MatchError(ContainSubstring("write it as CN=name,O=organization or /CN=name/O=organization")))
		return
	}
	Expect(err).NotTo(HaveOccurred())
	Expect(subject.String()).To(Equal(expected))
},
	Entry(nil, "CN=foo.bl,C=us,ST=ny,L=buffalo,O=stark & wayne,OU=r&d", "CN=foo.bl,OU=r&d,O=stark & wayne,L=buffalo,ST=ny,C=us"),
	Entry(nil, "/cn=foo.bl/o=x", "CN=foo.bl,O=x"), Entry(nil, "CN = a, O = b", "CN=a,O=b"), Entry(nil, `CN=a\,b`, `CN=a\,b`),
	Entry(nil, "CN=a,emailAddress=x@y", "1.2.840.113549.1.9.1=#1603784079,CN=a"),
	Entry(nil, "", ""), Entry(nil, "a", ""), Entry(nil, "CN=", ""), Entry(nil, "CN=a,CN=b", ""), Entry(nil, "CN=a,X=b", ""), Entry(nil, "CN=a,", ""),
)

var _ = DescribeTable("ParseLifetime", func(text string, expected time.Duration) {
	lifetime, err := issue.ParseLifetime(text)
	Expect(lifetime).To(Equal(expected))
	Expect(err != nil).To(Equal(expected == 0))
},
	Entry(nil, "12h", 12*time.Hour), Entry(nil, "90d", 90*day), Entry(nil, "1m", 30*day), Entry(nil, "2y", 730*day), Entry(nil, "200y", 200*365*day),
	Entry(nil, "201y", 0*day), Entry(nil, "1d12h", 0*day), Entry(nil, "0d", 0*day), Entry(nil, "-1d", 0*day), Entry(nil, "9999999y", 0*day), Entry(nil, "", 0*day), Entry(nil, "1 d", 0*day),
)

var _ = DescribeTable("ParseAlgorithm", func(text string, expected x509.SignatureAlgorithm) {
	algorithm, err := issue.ParseAlgorithm(text)
	Expect(algorithm).To(Equal(expected))
	Expect(err != nil).To(Equal(expected == 0))
},
	Entry(nil, "sha256", x509.SHA256WithRSA), Entry(nil, "SHA512-RSA", x509.SHA512WithRSA), Entry(nil, "ecdsa-sha384", x509.ECDSAWithSHA384),
	Entry(nil, "ed25519", x509.PureEd25519), Entry(nil, "md5", x509.SignatureAlgorithm(0)), Entry(nil, "sha1-rsa", x509.SignatureAlgorithm(0)),
)

var _ = DescribeTable("NextSerial", func(last, expected string) {
	serial, err := issue.NextSerial(last, rand.Reader)
	if expected == "" {
		Expect(err).To(MatchError(ContainSubstring("to its key `serial`")))
		return
	}
	Expect(err).NotTo(HaveOccurred())
	Expect(issue.SerialText(serial)).To(Equal(expected))
},
	Entry(nil, "1", "2"), Entry(nil, "ff", "100"), Entry(nil, "FF\n", "100"), Entry(nil, "7fffffffffffffff", "8000000000000000"),
	Entry(nil, "6fffffffffffffffffffffffffffffffffffffff", "7000000000000000000000000000000000000000"[:40]),
	Entry(nil, "7fffffffffffffffffffffffffffffffffffffff", ""), Entry(nil, "-1", ""), Entry(nil, "x", ""), Entry(nil, "0x1", ""), Entry(nil, "1_0", ""),
)

var _ = Describe("NextSerial, without a last one", func() {
	It("is random", func() {
		a, err := issue.NextSerial("", rand.Reader)
		Expect(err).NotTo(HaveOccurred())
		b, err := issue.NextSerial(" ", rand.Reader)
		Expect(err).NotTo(HaveOccurred())
		Expect(a).NotTo(Equal(b))
		Expect(a.BitLen()).To(Equal(127))
	})
})

var _ = It("names extended key usages as its flags do", func() {
	Expect(issue.ExtendedWords([]string{"serverAuth", "clientAuth", "codeSigning", "emailProtection", "timeStamping", "1.2.3"})).
		To(Equal([]string{"server_auth", "client_auth", "code_signing", "email_protection", "timestamping", "1.2.3"}))
	for _, word := range issue.ExtendedWords([]string{"serverAuth", "clientAuth", "codeSigning", "emailProtection", "timeStamping"}) {
		Expect(issue.Usages()).To(ContainElement(word))
	}
})
