package validate_test

import (
	"crypto/x509"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
	"cert-health/internal/scenario"
	"cert-health/internal/vault/validate"
	"cert-health/internal/verdict"
)

const day = 24 * time.Hour

// now is when the secrets are judged: scenario makes certificates from an hour ago.
var now = time.Now()

// secretOf is the secret of a certificate, in the layout of safe.
func secretOf(path string, p *scenario.Pair, chain ...*scenario.Pair) *validate.Secret {
	held := validate.Held{Key: "certificate", Certificates: []*cert.Certificate{p.Noun()}}
	for _, behind := range chain {
		held.Certificates = append(held.Certificates, behind.Noun())
	}
	own := held.Certificates[:1]
	return &validate.Secret{Path: path, Held: []validate.Held{held,
		{Key: "key", Private: []cert.KeyDigest{p.KeyDigest()}}, {Key: "combined", Certificates: own, Private: []cert.KeyDigest{p.KeyDigest()}}}}
}

// withList is the secret of a CA with its revocation list.
func withList(s *validate.Secret, der []byte) *validate.Secret {
	GinkgoHelper()
	list, err := x509.ParseRevocationList(der)
	Expect(err).NotTo(HaveOccurred())
	s.List = list
	return s
}

// said is what is found of the secret at a path, information included: "severity code: message".
func said(secrets []*validate.Secret, path string, want ...validate.Want) (lines []string) {
	GinkgoHelper()
	o := validate.Options{Thresholds: verdict.DefaultThresholds(), Now: now}
	if len(want) > 0 {
		o.Want = want[0]
	}
	for _, v := range validate.Judge(secrets, nil, o) {
		if v.Secret.Path != path {
			continue
		}
		for _, f := range v.Findings {
			lines = append(lines, f.Severity.String()+" "+string(f.Code)+": "+f.Message)
			for _, step := range f.Steps {
				lines = append(lines, "  "+step.String())
			}
		}
	}
	return lines
}

func list(secrets ...*validate.Secret) []*validate.Secret { return secrets }

var _ = Describe("Judge", func() {
	ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
	leaf := scenario.Issue(scenario.Spec{CommonName: "leaf", Issuer: ca})
	authority := secretOf("s/ca", ca)

	for _, kind := range scenario.KeyKinds() {
		own := scenario.Issue(scenario.Spec{CommonName: "leaf", Issuer: ca, Key: kind})
		It("finds nothing in a sound secret: "+own.Noun().KeyName(), func() {
			Expect(said(list(secretOf("s/leaf", own), authority), "s/leaf")).To(BeEmpty())
		})

		It("finds a private key of another certificate: "+own.Noun().KeyName(), func() {
			s := secretOf("s/leaf", own)
			s.Held[1].Private = []cert.KeyDigest{ca.KeyDigest()}
			Expect(said(list(s, authority), "s/leaf")).To(Equal([]string{
				`error key_mismatch: its private key ("key") belongs to another certificate`, "  cert-health x509 reissue s/leaf"}))
		})
	}

	It("finds a private key that is damaged or missing", func() {
		s := secretOf("s/leaf", leaf)
		s.Held[1].Private = nil
		Expect(said(list(s, authority), "s/leaf")[0]).To(Equal(`error unreadable: its private key ("key") cannot be read: it has a password, or it is damaged`))
		s.Held = s.Held[:1]
		Expect(said(list(s, authority), "s/leaf")).To(Equal([]string{`warning layout: it has no private key under "key"`}))
		only := secretOf("s/ca", ca)
		only.Held = only.Held[:1]
		Expect(said(list(only), "s/ca")).To(Equal([]string{`info layout: it has no private key under "key"`}))
	})

	It("finds what combined holds in place of the certificate or the key", func() {
		older := scenario.Issue(scenario.Spec{CommonName: "leaf", Issuer: ca, SameKey: leaf})
		s := secretOf("s/leaf", leaf)
		s.Held[2].Certificates = []*cert.Certificate{older.Noun()}
		Expect(said(list(s, authority), "s/leaf")[0]).To(HavePrefix(`error layout: its key "combined" does not hold the certificate under "certificate" but another one, which ends `))
		s = secretOf("s/leaf", leaf)
		s.Held[2].Private = []cert.KeyDigest{ca.KeyDigest()}
		Expect(said(list(s, authority), "s/leaf")).To(Equal([]string{`error layout: its key "combined" holds another private key than "key"`, "  cert-health x509 renew s/leaf"}))
	})

	It("judges secrets of other layouts by their dates and keys", func() {
		old := scenario.Issue(scenario.Spec{CommonName: "old", Issuer: ca, NotBefore: now.Add(-9 * day), NotAfter: now.Add(-day)})
		s := &validate.Secret{Path: "s/other", Held: []validate.Held{
			{Key: "ca", Certificates: []*cert.Certificate{ca.Noun()}}, {Key: "cert_pem", Certificates: []*cert.Certificate{old.Noun()}},
			{Key: "private_key", Private: []cert.KeyDigest{leaf.KeyDigest()}}}}
		lines := strings.Join(said(list(s, authority), "s/other"), "\n")
		Expect(lines).To(ContainSubstring("critical expired: expired "))
		Expect(lines).To(ContainSubstring("  make a successor of old and write it to s/other"))
		Expect(lines).To(ContainSubstring(`error key_mismatch: its private key ("private_key") belongs to another certificate`))
		broken := &validate.Secret{Path: "s/x", Held: []validate.Held{{Key: "certificate", Broken: []string{"asn1: bad."}}}}
		Expect(said(list(broken), "s/x")).To(Equal([]string{`error unreadable: its key "certificate" holds a certificate that cannot be read: asn1: bad`}))
		Expect(validate.Judge(list(&validate.Secret{Path: "s/password"}), nil, validate.Options{})).To(BeEmpty())
	})

	It("judges dates by the thresholds of the product", func() {
		for state, days := range map[string][2]int{"critical expired": {-90, -1}, "error expiring_soon": {-365, 3}, "warning expiring": {-365, 20}, "critical not_yet_valid": {1, 90}} {
			own := scenario.Issue(scenario.Spec{CommonName: "leaf", Issuer: ca, NotBefore: now.Add(time.Duration(days[0]) * day), NotAfter: now.Add(time.Duration(days[1]) * day)})
			lines := said(list(secretOf("s/leaf", own), authority), "s/leaf")
			Expect(lines).To(HaveLen(2))
			Expect(lines[0]).To(HavePrefix(state + ": "))
		}
		old := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true, NotBefore: now.Add(-9 * day), NotAfter: now.Add(-day)})
		lines := said(list(secretOf("s/leaf", scenario.Issue(scenario.Spec{CommonName: "leaf", Issuer: old}), old)), "s/leaf")
		Expect(lines).To(ContainElement("  renew the CA ca where it is kept, then renew s/leaf, which takes its new certificate into the chain"))
	})

	Describe("the command that it offers", func() {
		ended := func(s scenario.Spec) *scenario.Pair {
			s.NotBefore, s.NotAfter = now.Add(-9*day), now.Add(-day)
			return scenario.Issue(s)
		}
		old, oldCA := ended(scenario.Spec{CommonName: "leaf", Issuer: ca}), ended(scenario.Spec{CommonName: "ca", CA: true})
		offered := func(s *validate.Secret) (steps []string) {
			for _, line := range said(list(s, authority), s.Path) {
				if step, is := strings.CutPrefix(line, "  "); is {
					steps = append(steps, step)
				}
			}
			return steps
		}

		It("makes a new key where the secret does not hold the one that renew needs", func() {
			s := secretOf("s/leaf", old)
			Expect(offered(s)).To(Equal([]string{"cert-health x509 renew s/leaf"}))
			s.Held[1].Private = append(s.Held[1].Private, ca.KeyDigest())
			Expect(offered(s)).To(Equal([]string{"cert-health x509 reissue s/leaf"}), "two keys")
			s.Held = s.Held[:1]
			Expect(offered(s)).To(Equal([]string{"cert-health x509 reissue s/leaf"}), "no key")
		})

		It("makes no new key for a CA whose key is not there", func() {
			s := secretOf("s/own", oldCA)
			s.Held = s.Held[:1]
			Expect(offered(s)).To(Equal([]string{`write the private key of the CA ca to the key "key" of s/own, then renew it, or renew it where it is kept`}))
		})

		It("names a size where no key like the old one is made", func() {
			for _, kind := range []x509.PublicKeyAlgorithm{x509.DSA, x509.RSA} {
				s := secretOf("s/leaf", old)
				own := *s.Main()
				own.KeyAlgorithm, own.KeyBits = kind, 1024
				s.Held[0].Certificates, s.Held[1].Private = []*cert.Certificate{&own}, nil
				Expect(offered(s)).To(ContainElement("cert-health x509 reissue --bits 4096 s/leaf"))
				Expect(offered(s)).NotTo(ContainElement(HaveSuffix("reissue s/leaf")))
			}
		})

		It("does not sign the revocation list of another CA", func() {
			other := scenario.Issue(scenario.Spec{CommonName: "other", CA: true})
			s := withList(secretOf("s/ca", ca), derOf(other.Revoking(leaf)["crl"].(string)))
			Expect(offered(s)).To(Equal([]string{`remove the key "crl" of s/ca, and revoke again what was revoked`}))
		})
	})

	Describe("the chain", func() {
		middle := scenario.Issue(scenario.Spec{CommonName: "middle", CA: true, Issuer: ca})
		below := scenario.Issue(scenario.Spec{CommonName: "below", Issuer: middle})
		stranger := scenario.Issue(scenario.Spec{CommonName: "stranger", CA: true})

		It("may hold intermediates in their order, and a bundle of CAs in any order", func() {
			Expect(said(list(secretOf("s/below", below, middle, ca)), "s/below")).To(BeEmpty())
			Expect(said(list(secretOf("s/bundle", ca, stranger)), "s/bundle")).To(BeEmpty())
		})

		It("is faulty in another order, or with another CA", func() {
			Expect(said(list(secretOf("s/below", below, ca, middle)), "s/below")[0]).
				To(Equal("warning untrusted: the certificate behind below in the chain (ca) did not sign it, and clients refuse such a chain"))
			Expect(said(list(secretOf("s/below", below, stranger), authority), "s/below")).To(ContainElement(HavePrefix("warning untrusted: ")))
		})

		It("leads to no CA that expired, at any height", func() {
			root := scenario.Issue(scenario.Spec{CommonName: "root", CA: true, NotBefore: now.Add(-90 * day), NotAfter: now.Add(-day)})
			middle := scenario.Issue(scenario.Spec{CommonName: "middle", CA: true, Issuer: root})
			below := scenario.Issue(scenario.Spec{CommonName: "below", Issuer: middle})
			Expect(said(list(secretOf("s/below", below), secretOf("s/middle", middle), secretOf("s/root", root)), "s/below")).
				To(HaveExactElements(MatchRegexp(`^error untrusted: programs refuse it: the CA root \(s/root\) expired .*: renew it first$`)))
		})

		It("leads to no certificate that is not a CA", func() {
			server := scenario.Issue(scenario.Spec{CommonName: "server"})
			below := scenario.Issue(scenario.Spec{CommonName: "below", Issuer: server})
			Expect(said(list(secretOf("s/below", below), secretOf("s/server", server)), "s/below")).
				To(Equal([]string{"error untrusted: programs refuse it: server (s/server) is not a CA, and programs refuse what it signs: use a CA"}))
		})

		It("does not lead to a CA beside it that has another key", func() {
			reissued := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
			own := secretOf("s/a/leaf", leaf)
			Expect(said(list(own, secretOf("s/ca", reissued)), "s/a/leaf")).To(Equal([]string{
				"warning untrusted: it is not signed with the key of s/ca, which has the name of its CA (CN=ca): who trusts only the CA there refuses it", "  cert-health x509 renew s/a/leaf"}))
			Expect(said(list(own, secretOf("s/b/ca", reissued)), "s/a/leaf")).To(HaveExactElements(HavePrefix("info untrusted: ")), "of another deployment")
			Expect(said(list(own, secretOf("s/ca", reissued), secretOf("s/ca-old", ca)), "s/a/leaf")).To(BeEmpty(), "the old CA is there")
		})

		It("is not verified without the CA, which is information", func() {
			Expect(said(list(secretOf("s/leaf", leaf)), "s/leaf")).
				To(Equal([]string{"info untrusted: its CA (CN=ca) is not in the secrets that were read, so its signature is not verified"}))
			Expect(said(list(secretOf("s/own", scenario.Issue(scenario.Spec{CommonName: "own"}))), "s/own")).To(BeEmpty(), "it signed itself")
		})
	})

	Describe("revocation", func() {
		revoking := func(secret map[string]any) []byte { return derOf(secret["crl"].(string)) }

		It("is found for a leaf, and for the CA above it", func() {
			middle := scenario.Issue(scenario.Spec{CommonName: "middle", CA: true, Issuer: ca})
			below := scenario.Issue(scenario.Spec{CommonName: "below", Issuer: middle})
			root := withList(secretOf("s/ca", ca), revoking(ca.Revoking(leaf, middle)))
			all := list(secretOf("s/leaf", leaf), secretOf("s/below", below), secretOf("s/middle", middle), root)
			Expect(said(all, "s/leaf")).To(HaveExactElements(HavePrefix("error revoked: its CA s/ca revoked it "), "  cert-health x509 reissue s/leaf"))
			Expect(said(all, "s/below")).To(HaveExactElements(HavePrefix("error untrusted: programs refuse it: the CA middle (s/middle) was revoked ")))
			Expect(said(all, "s/leaf", validate.Want{Revoked: true})).To(BeEmpty())
			Expect(said(all, "s/ca", validate.Want{Revoked: true})).To(Equal([]string{"error unmet: it is not revoked (--revoked)"}))
		})

		It("is proved by a list only that the CA signed", func() {
			other := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
			root := withList(secretOf("s/ca", ca), revoking(other.Revoking(leaf)))
			all := list(secretOf("s/leaf", leaf), root)
			Expect(said(all, "s/leaf")).To(BeEmpty())
			Expect(said(all, "s/ca")).To(Equal([]string{
				"error crl: its revocation list is not signed with its key: programs that check by the list refuse every certificate of this CA", "  cert-health x509 crl --renew s/ca"}))
		})

		It("is overdue by the thresholds of certificates", func() {
			for said1, until := range map[string]time.Duration{"error crl: the next update of its revocation list was due ": -day, "warning crl: the next update of its revocation list is due ": 20 * day} {
				root := withList(secretOf("s/ca", ca), ca.CRLBetween(now.Add(-90*day), now.Add(until)))
				Expect(said(list(root), "s/ca")[0]).To(HavePrefix(said1))
			}
			Expect(said(list(withList(secretOf("s/ca", ca), ca.CRLBetween(now.Add(-day), now.Add(900*day)))), "s/ca")).To(BeEmpty())
			broken := secretOf("s/ca", ca)
			broken.ListFault = "it is not PEM"
			Expect(said(list(broken), "s/ca")[0]).To(Equal(`error crl: its revocation list ("crl") cannot be read: it is not PEM`))
		})
	})

	Describe("serial numbers", func() {
		first := scenario.Issue(scenario.Spec{CommonName: "first", Issuer: ca, Serial: 5})
		second := scenario.Issue(scenario.Spec{CommonName: "second", Issuer: ca, Serial: 5})

		It("are found that a CA gave twice, not those of another CA, nor copies of one certificate", func() {
			other := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
			third := scenario.Issue(scenario.Spec{CommonName: "third", Issuer: other, Serial: 5})
			all := list(secretOf("s/a", first), secretOf("s/b", second), secretOf("s/copy", first), secretOf("s/c", third), authority, secretOf("s/other", other))
			Expect(said(all, "s/a")).To(Equal([]string{"warning serial: its CA gave its serial number 5 also to second (s/b): to revoke one is to revoke both", "  cert-health x509 renew s/a"}))
			Expect(said(all, "s/c")).To(BeEmpty())
			Expect(said(list(secretOf("s/a", first), secretOf("s/copy", first), authority), "s/a")).To(BeEmpty())
		})

		It("are found that a CA will give again", func() {
			counting := secretOf("s/ca", ca)
			counting.Serial = "3"
			Expect(said(list(counting, secretOf("s/a", first)), "s/ca")).To(Equal([]string{
				"warning serial: its counter of serial numbers (3) is behind first (s/a), which has 5: it will give numbers twice", "  write 5 to the key \"serial\" of s/ca"}))
			counting.Serial = "5"
			Expect(said(list(counting, secretOf("s/a", first), secretOf("s/leaf", leaf)), "s/ca")).To(BeEmpty(), "random numbers are not counted")
			counting.Serial = "x"
			Expect(said(list(counting), "s/ca")[0]).To(Equal(`error serial: its key "serial" is not a hexadecimal number: no certificate can be issued`))
		})
	})

	It("finds what current programs refuse", func() {
		weak := scenario.Issue(scenario.Spec{CommonName: "weak", Issuer: scenario.Issue(scenario.Spec{CommonName: "rsa", CA: true, Key: scenario.RSA}), SignedWith: x509.SHA1WithRSA})
		Expect(strings.Join(said(list(secretOf("s/weak", weak)), "s/weak"), "\n")).To(ContainSubstring("warning weak: it is signed with SHA1-RSA, which current TLS libraries refuse\n  cert-health x509 renew s/weak"))
		nameless := scenario.Issue(scenario.Spec{CommonName: "x", Issuer: ca, Server: true, SANs: []string{}})
		Expect(said(list(secretOf("s/x", nameless), authority), "s/x")).To(Equal([]string{
			"warning weak: it has no subject alternative name, so Go programs and browsers refuse it", "  cert-health x509 renew --name x s/x"}))
	})
})
