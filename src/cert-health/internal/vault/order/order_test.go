package order_test

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/issue"
	"cert-health/internal/scenario"
	"cert-health/internal/vault/order"
)

// certificateOf reads the first certificate under a key.
func certificateOf(held map[string]any) *x509.Certificate {
	GinkgoHelper()
	block, _ := pem.Decode([]byte(held["certificate"].(string)))
	c, err := x509.ParseCertificate(block.Bytes)
	Expect(err).NotTo(HaveOccurred())
	return c
}

func keyOf(held map[string]any) issue.Key {
	GinkgoHelper()
	k, err := issue.ParseKey([]byte(held["key"].(string)))
	Expect(err).NotTo(HaveOccurred())
	Expect(k.Matches(certificateOf(held))).To(BeTrue())
	return k
}

// whole checks that a secret holds a certificate with its key, signed by a CA.
func whole(held map[string]any, ca *x509.Certificate) {
	GinkgoHelper()
	keyOf(held)
	Expect(certificateOf(held).CheckSignatureFrom(ca)).To(Succeed())
	Expect(held["combined"]).To(ContainSubstring(held["key"].(string)))
	Expect(held["combined"]).To(ContainSubstring(string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificateOf(held).Raw}))))
}

// listOf reads the revocation list of a CA.
func listOf(held map[string]any) *x509.RevocationList {
	GinkgoHelper()
	list, err := issue.ParseList([]byte(held["crl"].(string)))
	Expect(err).NotTo(HaveOccurred())
	Expect(list.CheckSignatureFrom(certificateOf(held))).To(Succeed())
	return list
}

func counted(p *scenario.Pair, serial string) map[string]any {
	held := p.Safe()
	held["serial"] = serial
	return held
}

var _ = Describe("an order", func() {
	for _, version := range []int{1, 2} {
		Describe(fmt.Sprintf("in an engine of version %d", version), func() {
			var (
				e              engine
				c              *clerk
				root, ca, leaf *scenario.Pair
			)
			BeforeEach(func() {
				e, c = newEngine(version), newClerk()
				root = scenario.Issue(scenario.Spec{CommonName: "root", CA: true})
				ca = scenario.Issue(scenario.Spec{CommonName: "ca", CA: true, Issuer: root})
				leaf = scenario.Issue(scenario.Spec{CommonName: "leaf", SANs: []string{"leaf.cf", "10.0.0.1"}, Issuer: ca, NotBefore: time.Now().AddDate(0, 0, -100), NotAfter: time.Now().AddDate(0, 0, -1)})
				e.put("root", counted(root, "7"))
				e.put("cf/ca", counted(ca, "11"))
				e.put("cf/leaf", leaf.Safe())
			})
			next := func(held map[string]any, last string) {
				GinkgoHelper()
				if version == 2 {
					Expect(held["serial"]).To(Equal(last))
				} else {
					Expect(held["serial"]).NotTo(BeEmpty(), "the counter makes random steps")
				}
			}

			It("renews a certificate with its key, by the CA that signed it", func() {
				p := c.run(order.Order{Verb: order.Renew, Paths: []string{e.path("cf/leaf")}})
				Expect(p.text).To(ContainSubstring("Renew " + e.path("cf/leaf") + "\n"))
				Expect(p.text).To(ContainSubstring("writes    " + e.path("cf/ca") + ": serial; then " + e.path("cf/leaf") + ": certificate, combined\n"))
				Expect(p.text).To(ContainSubstring("names     leaf.cf, 10.0.0.1 (stays)\n"))
				Expect(p.text).To(ContainSubstring("key       ECDSA 256 (stays)\n"))
				Expect(p.text).To(ContainSubstring("signed by " + e.path("cf/ca") + " (ca)\n"))
				held := e.get("cf/leaf")
				whole(held, ca.X509)
				Expect(held["key"]).To(Equal(leaf.KeyPEM()))
				Expect(certificateOf(held).NotAfter).To(BeTemporally(">", time.Now()))
				next(e.get("cf/ca"), "12")
				Expect(e.get("cf/ca")["certificate"]).To(Equal(ca.CertPEM()))
			})

			It("reissues a certificate with a new key of the same kind and form", func() {
				p := c.run(order.Order{Verb: order.Reissue, Paths: []string{e.path("cf/leaf")}})
				Expect(p.text).To(ContainSubstring("ECDSA 256, a new one"))
				held := e.get("cf/leaf")
				whole(held, ca.X509)
				Expect(held["key"]).NotTo(Equal(leaf.KeyPEM()))
				Expect(held["key"]).To(HavePrefix("-----BEGIN PRIVATE KEY-----"))
			})

			It("issues a CA and a leaf below it in safe's layout", func() {
				c.run(order.Order{Verb: order.Issue, Paths: []string{e.path("new/ca")}, KeyType: issue.KeyType{Algorithm: x509.ECDSA, Bits: 256},
					Profile: issue.Profile{CA: true, Subject: issue.CommonName("new ca")}})
				held := e.get("new/ca")
				Expect(held).To(HaveLen(5))
				Expect(held["serial"]).To(Equal("1"))
				Expect(listOf(held).RevokedCertificateEntries).To(BeEmpty())
				own := certificateOf(held)
				whole(held, own)
				c.run(order.Order{Verb: order.Issue, Paths: []string{e.path("new/leaf")}, SignedBy: e.path("new/ca"), KeyType: issue.KeyType{Algorithm: x509.ECDSA, Bits: 256},
					Profile: issue.Profile{Names: []string{"new.cf"}, Lifetime: time.Hour}})
				whole(e.get("new/leaf"), own)
				Expect(e.get("new/leaf")).To(HaveLen(3))
				next(e.get("new/ca"), "2")
				if version == 2 {
					Expect(certificateOf(e.get("new/leaf")).SerialNumber.Int64()).To(BeEquivalentTo(2))
				}
			})

			It("renews a root, whose counter and list are in the same secret", func() {
				p := c.run(order.Order{Verb: order.Renew, Paths: []string{e.path("root")}})
				Expect(p.text).To(ContainSubstring("signed by itself"))
				Expect(p.text).To(ContainSubstring("what it signed stays valid"))
				held := e.get("root")
				own := certificateOf(held)
				whole(held, own)
				Expect(ca.X509.CheckSignatureFrom(own)).To(Succeed())
				Expect(listOf(held).Number.Int64()).To(BeEquivalentTo(2))
				next(held, "8")
			})

			It("reissues a root, and says what it breaks", func() {
				p := c.run(order.Order{Verb: order.Reissue, Paths: []string{e.path("root")}})
				Expect(p.text).To(ContainSubstring("is a CA that gets a new key"))
				Expect(p.text).To(ContainSubstring("signed 1 certificates that this order does not replace"))
				Expect(p.text).To(ContainSubstring(": " + e.path("cf/ca")))
				held := e.get("root")
				own := certificateOf(held)
				whole(held, own)
				Expect(ca.X509.CheckSignatureFrom(own)).NotTo(Succeed())
				listOf(held)
			})

			It("renews CAs before the certificates that they sign, and their certificates in chains", func() {
				held := leaf.Safe()
				held["certificate"] = leaf.CertPEM() + ca.CertPEM() + root.CertPEM()
				e.put("cf/leaf", held)
				p := c.run(order.Order{Verb: order.Reissue, Paths: []string{e.path("cf/leaf"), e.path("cf/ca"), e.path("root")}})
				Expect(targets(p)).To(Equal([]string{e.path("root"), e.path("cf/ca"), e.path("cf/leaf")}))
				newRoot, newCA := certificateOf(e.get("root")), certificateOf(e.get("cf/ca"))
				whole(e.get("cf/ca"), newRoot)
				whole(e.get("cf/leaf"), newCA)
				text := e.get("cf/leaf")["certificate"].(string)
				Expect(text).To(HaveSuffix(scenario.Armour("CERTIFICATE", newCA.Raw) + scenario.Armour("CERTIFICATE", newRoot.Raw)))
			})

			It("chooses what has expired, or will soon, below a path", func() {
				soon := scenario.Issue(scenario.Spec{CommonName: "soon", Issuer: ca, NotBefore: time.Now().AddDate(0, 0, -90), NotAfter: time.Now().AddDate(0, 0, 10)})
				e.put("cf/deep/soon", soon.Safe())
				e.put("cf/note", map[string]any{"x": "y"})
				expired := order.Order{Verb: order.Renew, Paths: []string{e.path("cf")}, Select: order.Selection{Below: true, Ending: true}}
				Expect(targets(c.prepare(expired))).To(Equal([]string{e.path("cf/leaf")}))
				expired.Select.Within = 30 * 24 * time.Hour
				Expect(targets(c.run(expired))).To(Equal([]string{e.path("cf/deep/soon"), e.path("cf/leaf")}))
				Expect(newClerk().prepare(expired).plan.Acts).To(BeEmpty(), "all are renewed")
				expired.Select.Within = 200 * 24 * time.Hour
				expired.Paths = []string{e.path("cf/deep")}
				Expect(newClerk().prepare(expired).text).To(ContainSubstring("is valid for less than 200 days even after this"))
			})

			It("renews an expired leaf of an expired CA together with the CA, and not alone", func() {
				old := scenario.Issue(scenario.Spec{CommonName: "old", CA: true, NotBefore: time.Now().AddDate(0, 0, -50), NotAfter: time.Now().AddDate(0, 0, -2)})
				e.put("old/ca", counted(old, "1"))
				e.put("old/leaf", scenario.Issue(scenario.Spec{CommonName: "l", Issuer: old}).Safe())
				alone := order.Order{Verb: order.Renew, Paths: []string{e.path("old/leaf")}}
				_, err := c.Prepare(ctx, alone)
				Expect(err).To(MatchError(ContainSubstring("expired")))
				alone.Paths = append(alone.Paths, e.path("old/ca"))
				c.run(alone)
				whole(e.get("old/leaf"), certificateOf(e.get("old/ca")))
			})

			It("revokes a certificate, once", func() {
				o := order.Order{Verb: order.Revoke, Paths: []string{e.path("cf/leaf")}}
				c.run(o)
				Expect(issue.RevokedAt(listOf(e.get("cf/ca")), leaf.X509.SerialNumber)).NotTo(BeZero())
				Expect(e.get("cf/leaf")).To(Equal(leaf.Safe()))
				_, err := c.Prepare(ctx, o)
				Expect(err).To(MatchError(ContainSubstring("it is revoked already")))
			})

			It("renews a revocation list", func() {
				c.run(order.Order{Verb: order.RenewList, Paths: []string{e.path("cf/ca")}})
				Expect(listOf(e.get("cf/ca")).Number.Int64()).To(BeEquivalentTo(2))
			})

			It("refuses a signer that is not a CA, has expired or was revoked", func() {
				e.put("cf/other", scenario.Issue(scenario.Spec{CommonName: "other"}).Safe())
				_, err := c.Prepare(ctx, order.Order{Verb: order.Renew, Paths: []string{e.path("cf/leaf")}, SignedBy: e.path("cf/other")})
				Expect(err).To(MatchError(ContainSubstring("is not a CA")))
				revoking := root.Revoking(ca)
				revoking["serial"] = "7"
				e.put("root", revoking)
				_, err = newClerk().Prepare(ctx, order.Order{Verb: order.Renew, Paths: []string{e.path("cf/leaf")}})
				Expect(err).To(MatchError(ContainSubstring("was revoked")))
			})

			It("finds the CA anywhere in the tree, and says which ones it cannot choose between", func() {
				e.put("elsewhere/leaf", leaf.Safe())
				Expect(c.prepare(order.Order{Verb: order.Renew, Paths: []string{e.path("elsewhere/leaf")}}).text).To(ContainSubstring("signed by " + e.path("cf/ca")))
				e.put("copy/authority", ca.Safe())
				_, err := newClerk().Prepare(ctx, order.Order{Verb: order.Renew, Paths: []string{e.path("elsewhere/leaf")}})
				Expect(err).To(MatchError(ContainSubstring("its CA is in several secrets, each with a counter of serial numbers of its own (" + e.path("cf/ca") + ", " + e.path("copy/authority") + ")")))
			})

			It("names all that is wrong with several paths", func() {
				e.put("cf/note", map[string]any{"x": "y"})
				_, err := c.Prepare(ctx, order.Order{Verb: order.Renew, Paths: []string{e.path("cf/note"), e.path("missing"), e.path("cf/leaf")}})
				Expect(err).To(MatchError(e.path("cf/note") + ": it has no certificate under the key `certificate`, where safe and cert-health keep it; " +
					e.path("missing") + ": there is no such secret, or its current version is deleted: correct the path, or bring the version back in Vault"))
			})

			It("refuses a counter without a next number before anything is written", func() {
				for counter, fault := range map[string]string{"nonsense": "is not a hexadecimal number", strings.Repeat("f", 40): "are used up"} {
					e.put("cf/ca", counted(ca, counter))
					e.put("root", counted(root, counter))
					for path, of := range map[string]string{"cf/leaf": "cf/ca", "root": "root"} {
						_, err := newClerk().Prepare(ctx, order.Order{Verb: order.Renew, Paths: []string{e.path(path)}, PlanOnly: true})
						Expect(err).To(MatchError(And(HavePrefix(e.path(path)+": take a serial number of "+e.path(of)+": "), ContainSubstring(fault))))
					}
				}
			})

			It("takes no path that Vault resolves to another one", func() {
				_, err := c.Prepare(ctx, order.Order{Verb: order.Renew, Paths: []string{e.path("cf/leaf"), e.path("cf/../cf/leaf")}})
				Expect(err).To(MatchError(ContainSubstring("write the path without them")))
			})

			It("keeps a key of another certificate out of a renewal", func() {
				held := leaf.Safe()
				held["key"] = ca.KeyPEM()
				e.put("cf/leaf", held)
				_, err := c.Prepare(ctx, order.Order{Verb: order.Renew, Paths: []string{e.path("cf/leaf")}})
				Expect(err).To(MatchError(ContainSubstring("is not the private key of its certificate")))
				c.run(order.Order{Verb: order.Reissue, Paths: []string{e.path("cf/leaf")}})
				whole(e.get("cf/leaf"), ca.X509)
			})
		})
	}

	It("signs with the new key of a CA whose earlier version signed", func() {
		e, c := newEngine(2), newClerk()
		ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
		other := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
		e.put("ca", counted(ca, "1"))
		e.put("leaf", scenario.Issue(scenario.Spec{CommonName: "leaf", Issuer: ca}).Safe())
		e.put("ca", counted(other, "1"))
		p := c.run(order.Order{Verb: order.Renew, Paths: []string{e.path("leaf")}})
		Expect(p.text).To(ContainSubstring("has a new key since it signed the old certificate"))
		whole(e.get("leaf"), other.X509)
	})

	It("says who uses a certificate, and what to deploy", func() {
		e, c := newEngine(2), newClerk()
		leaf := scenario.Issue(scenario.Spec{CommonName: "leaf"})
		e.put("leaf", leaf.Safe())
		c.Users = func(fingerprint string) order.Use {
			Expect(fingerprint).To(Equal(leaf.Fingerprint().String()))
			return order.Use{By: []string{"cf cell/0 rep"}, Deployments: []string{"cf"}}
		}
		text := c.prepare(order.Order{Verb: order.Renew, Paths: []string{e.path("leaf")}}).text
		Expect(text).To(ContainSubstring("used by   cf cell/0 rep\n"))
		Expect(text).To(ContainSubstring("bosh -d cf deploy MANIFEST\n"))
	})
})

func targets(p prepared) (list []string) {
	for _, act := range p.plan.Acts {
		list = append(list, act.Target)
	}
	return list
}
