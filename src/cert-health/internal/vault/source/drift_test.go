package source_test

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/scenario"
	"cert-health/internal/vault/source"
)

var _ = Describe("drift", func() {
	for _, mode := range []source.Mode{source.Metadata, source.Data} {
		Describe("in mode "+string(mode), func() {
			var t *town
			var a []*scenario.Pair // of one identity
			BeforeEach(func() {
				t = &town{mode: mode, engine: server.Engine(2)}
				a = renewals("a", 4)
			})
			// either returns what is expected in this mode.
			either := func(metadata, data string) []string {
				if mode == source.Metadata {
					return []string{metadata}
				}
				return []string{data}
			}

			It("a renewal that was not deployed", func() {
				t.put("cf/a", a[0].Safe())
				t.put("cf/a", a[1].Safe())
				t.deploy(a[0])
				Expect(t.says()).To(Equal([]string{"stale stale error: renewed in Vault WHEN but not deployed; secret/cf/a holds version 2, this is version 1 -> merge the manifest anew, then: bosh -d cf deploy MANIFEST"}))
				t.deploy(a[1])
				Expect(t.says()).To(Equal([]string{"current"}))
			})

			It("a certificate without its private key, which no command can renew", func() {
				gone := renewals("gone", 1, func(s *scenario.Spec) { s.NotAfter = time.Now().Add(time.Hour) })
				t.put("cf/gone", map[string]any{"certificate": gone[0].CertPEM(), "private_key": "x"})
				t.deploy(gone...)
				Expect(t.says()).To(ContainElement(HaveSuffix("-> make a successor of the certificate and write it to the key \"certificate\" of secret/cf/gone" +
					" (`cert-health x509 renew` needs the keys `certificate` and `key`), then merge the manifest anew, then: bosh -d cf deploy MANIFEST")))
				t.put("cf/gone", gone[0].Safe())
				Expect(t.says()).To(ContainElement(ContainSubstring("cert-health x509 renew secret/cf/gone, then")))
			})

			It("a rollback in Vault", func() {
				t.put("cf/a", a[0].Safe())
				t.put("cf/a", a[1].Safe())
				t.put("cf/a", a[0].Safe())
				t.deploy(a[1])
				Expect(t.says()).To(Equal([]string{"stale stale error: rolled back in Vault WHEN; secret/cf/a holds version 3, this is version 2, and the certificate there was issued before this one" +
					" -> if this was intended: merge the manifest anew, then: bosh -d cf deploy MANIFEST; if it was not: vault kv rollback -mount=secret -version=2 cf/a"}))
				t.deploy(a[0])
				Expect(t.says()).To(Equal([]string{"current"}))
			})

			It("a version that was destroyed", func() {
				t.put("cf/a", a[0].Safe())
				t.deploy(a[0])
				Expect(t.says()).To(Equal([]string{"current"}))
				t.put("cf/a", a[1].Safe())
				server.Write(t.engine+"/destroy/cf/a", map[string]any{"versions": []int{1}})
				Expect(t.says()).To(Equal([]string{"stale stale error: renewed in Vault WHEN but not deployed; secret/cf/a holds version 2, this is version 1 -> merge the manifest anew, then: bosh -d cf deploy MANIFEST"}))
			})

			It("a version that was destroyed before the first scan", func() {
				t.put("cf/a", a[0].Safe())
				t.put("cf/a", a[1].Safe())
				server.Write(t.engine+"/destroy/cf/a", map[string]any{"versions": []int{1}})
				t.deploy(a[0])
				Expect(t.says()).To(Equal([]string{"stale stale error: renewed in Vault WHEN but not deployed; secret/cf/a holds version 2, newer than this -> merge the manifest anew, then: bosh -d cf deploy MANIFEST"}))
			})

			It("the current version deleted, and undeleted", func() {
				t.put("cf/a", a[0].Safe())
				t.deploy(a[0])
				Expect(t.says()).To(Equal([]string{"current"}))
				_, err := server.Client.Logical().Delete(t.engine + "/data/cf/a")
				Expect(err).NotTo(HaveOccurred())
				Expect(t.says()).To(Equal([]string{"deleted reference_unavailable warning: it was deleted from Vault WHEN; secret/cf/a has no current version, so the next deploy will lack it" +
					" -> vault kv undelete -mount=secret -versions=1 cf/a, or remove it from the manifest"}))
				server.Write(t.engine+"/undelete/cf/a", map[string]any{"versions": []int{1}})
				Expect(t.says()).To(Equal([]string{"current"}))
			})

			It("the current version deleted before the first scan, while an older one is deployed", func() {
				t.put("cf/a", a[0].Safe())
				t.put("cf/a", a[1].Safe())
				t.look() // the publisher sees both versions
				_, err := server.Client.Logical().Delete(t.engine + "/data/cf/a")
				Expect(err).NotTo(HaveOccurred())
				t.deploy(a[0])
				Expect(t.says()).To(Equal([]string{"deleted reference_unavailable warning: it was deleted from Vault WHEN; secret/cf/a has no current version, so the next deploy will lack it" +
					" -> vault kv undelete -mount=secret -versions=2 cf/a, or remove it from the manifest"}))
				t.put("cf/a", a[2].Safe())
				Expect(t.says()).To(Equal([]string{"stale stale error: renewed in Vault WHEN but not deployed; secret/cf/a holds version 3, this is version 1 -> merge the manifest anew, then: bosh -d cf deploy MANIFEST"}))
			})

			It("the current version deleted before anything was published", func() {
				t.put("cf/a", a[0].Safe())
				t.put("cf/a", a[1].Safe())
				_, err := server.Client.Logical().Delete(t.engine + "/data/cf/a")
				Expect(err).NotTo(HaveOccurred())
				const deleted = "deleted reference_unavailable warning: it was deleted from Vault WHEN; secret/cf/a has no current version, so the next deploy will lack it" +
					" -> vault kv undelete -mount=secret -versions=2 cf/a, or remove it from the manifest"
				t.deploy(a[0])
				Expect(t.says()).To(Equal([]string{deleted}))
				t.deploy(a[1])
				Expect(t.says()).To(Equal([]string{deleted}), "by its identity: nothing can read a deleted version")
				t.put("cf/a", a[2].Safe())
				t.deploy(a[0])
				Expect(t.says()).To(Equal([]string{"stale stale error: renewed in Vault WHEN but not deployed; secret/cf/a holds version 3, this is version 1 -> merge the manifest anew, then: bosh -d cf deploy MANIFEST"}))
			})

			It("the only version deleted before anything was published, and undeleted", func() {
				t.put("cf/a", a[0].Safe())
				_, err := server.Client.Logical().Delete(t.engine + "/data/cf/a")
				Expect(err).NotTo(HaveOccurred())
				t.deploy(a[0])
				Expect(t.says()).To(Equal([]string{"unknown"}))
				server.Write(t.engine+"/undelete/cf/a", map[string]any{"versions": []int{1}})
				t.age = time.Hour
				Expect(t.says()).To(Equal([]string{"current"}))
			})

			It("all of the secret removed", func() {
				t.put("cf/a", a[0].Safe())
				t.put("cf/other", a[1].Safe()) // of the same identity, and no excuse
				t.deploy(a[0])
				Expect(t.says()).To(Equal([]string{"current"}))
				t.silent = true
				_, err := server.Client.Logical().Delete(t.engine + "/metadata/cf/a")
				Expect(err).NotTo(HaveOccurred())
				Expect(t.says()).To(Equal([]string{"deleted reference_unavailable warning: it is gone from Vault; secret/cf/a has no current version, so the next deploy will lack it" +
					" -> write the certificate to secret/cf/a again, or remove it from the manifest"}))
			})

			It("versions beyond max_versions", func() {
				server.Write(t.engine+"/metadata/cf/a", map[string]any{"max_versions": 2})
				t.deploy(a[0])
				for _, p := range a[:2] {
					t.put("cf/a", p.Safe())
				}
				t.look() // the publisher comes by
				for _, p := range a[2:] {
					t.put("cf/a", p.Safe())
				}
				Expect(t.says()).To(Equal(either(
					"stale stale error: renewed in Vault WHEN but not deployed; secret/cf/a holds version 4, this is version 1 -> merge the manifest anew, then: bosh -d cf deploy MANIFEST",
					"stale stale error: renewed in Vault WHEN but not deployed; secret/cf/a holds version 4, newer than this -> merge the manifest anew, then: bosh -d cf deploy MANIFEST")))
			})

			It("a secret moved to another path", func() {
				t.put("cf/a", a[0].Safe())
				t.deploy(a[0])
				Expect(t.says()).To(Equal([]string{"current"}))
				_, err := server.Client.Logical().Delete(t.engine + "/metadata/cf/a")
				Expect(err).NotTo(HaveOccurred())
				t.put("cf/moved", a[0].Safe())
				t.age = time.Hour
				Expect(t.says()).To(Equal([]string{"current"}))
				t.put("cf/moved", a[1].Safe())
				Expect(t.says()).To(Equal([]string{"stale stale error: renewed in Vault WHEN but not deployed; secret/cf/moved holds version 2, this is version 1 -> merge the manifest anew, then: bosh -d cf deploy MANIFEST"}))
			})

			It("the same identity under two deployments' paths", func() {
				t.put("cf/a", a[1].Safe())
				t.put("cf-b/a", a[2].Safe())
				t.deploy(a[0])
				Expect(t.says()).To(Equal([]string{"stale stale error: renewed in Vault WHEN but not deployed; secret/cf/a holds version 1, newer than this -> merge the manifest anew, then: bosh -d cf deploy MANIFEST"}))
			})

			It("the same identity twice is ambiguous", func() {
				t.put("one/a", a[1].Safe())
				t.put("two/a", a[2].Safe())
				t.deploy(a[0])
				Expect(t.says()).To(Equal([]string{"ambiguous reference_unavailable info: the secret that it belongs to is unknown; secret/one/a and secret/two/a hold certificates with its identity, and none of them has ever held this one; it may be of another deployment: no path names cf" +
					" -> name the deployment's own paths in cert_health.vault.paths"}))
				t.deploy(a[2])
				Expect(t.says()).To(Equal([]string{"current"}))
			})

			It("the same identity only elsewhere is ambiguous, newer or older", func() {
				t.put("one/a", a[1].Safe())
				for _, p := range []*scenario.Pair{a[0], a[2]} {
					t.deploy(p)
					Expect(t.says()).To(Equal([]string{"ambiguous reference_unavailable info: the secret that it belongs to is unknown; secret/one/a holds a certificate with its identity, and has never held this one; it may be of another deployment: no path names cf" +
						" -> name the deployment's own paths in cert_health.vault.paths"}))
				}
				t.deploy(a[1])
				Expect(t.says()).To(Equal([]string{"current"}))
				t.put("one/a", a[3].Safe())
				Expect(t.says()).To(Equal([]string{"stale stale error: renewed in Vault WHEN but not deployed; secret/one/a holds version 2, this is version 1 -> merge the manifest anew, then: bosh -d cf deploy MANIFEST"}))
				t.put("cf/a", a[2].Safe())
				t.deploy(a[0])
				t.age = 25 * time.Hour
				Expect(t.says()).To(ContainElement(HavePrefix("stale stale error: renewed in Vault WHEN but not deployed; secret/cf/a holds")))
			})

			It("the same identity elsewhere, beside another leaf of the job", func() {
				b := pair("b")
				t.put("one/a", a[1].Safe())
				t.put("one/b", b.Safe())
				t.deploy(a[0], b)
				Expect(t.says()).To(Equal([]string{"stale stale error: renewed in Vault WHEN but not deployed; secret/one/a holds version 1, newer than this -> merge the manifest anew, then: bosh -d cf deploy MANIFEST", "current"}))
			})

			It("a secret that somebody adds beside the deployment's own, as information and after the grace as a warning", func() {
				t.put("cf/a", a[1].Safe())
				t.deploy(a[3])
				Expect(t.says()).To(ConsistOf(HavePrefix("unexpected unexpected error: ")))
				t.put("cf/decoy", a[2].Safe())
				says := func(severity string) string {
					return "ambiguous reference_unavailable " + severity + ": the secret that it belongs to is unknown; secret/cf/a and secret/cf/decoy hold certificates with its identity, and none of them has ever held this one" +
						" -> if it was put there by hand: bosh -d cf recreate; if it was not: merge the manifest anew, then: bosh -d cf deploy MANIFEST"
				}
				const day = 24 * time.Hour
				t.age = day
				Expect(t.says()).To(Equal([]string{says("warning")}))
				t.age = -day - time.Hour
				Expect(t.says()).To(Equal([]string{says("info")}))
			})

			It("a certificate that safe revoked in its CA", func() {
				ca := renewals("ca", 1, isCA)[0]
				leaf := scenario.Issue(scenario.Spec{CommonName: "leaf", Issuer: ca})
				t.put("cf/my_ca", ca.Safe())
				t.put("cf/leaf", leaf.Safe())
				t.deploy(leaf, ca)
				Expect(t.says()).To(Equal([]string{"current", "current"}))
				t.put("cf/my_ca", ca.Revoking(pair("other"), leaf))
				Expect(t.says()).To(Equal([]string{"current stale error: it was revoked in Vault WHEN; its key may be known to others, and programs that check revocation lists refuse it" +
					" -> reissue it: cert-health x509 reissue secret/cf/leaf --signed-by secret/cf/my_ca, then merge the manifest anew, then: bosh -d cf deploy MANIFEST", "current"}))
			})

			It("a revocation by a CA that only has the same name, in a secret of the deployment", func() {
				ca := renewals("ca", 1, isCA)[0]
				leaf := scenario.Issue(scenario.Spec{CommonName: "leaf", Issuer: ca})
				t.put("cf/my_ca", ca.Safe())
				t.put("cf/leaf", leaf.Safe())
				t.put("cf/other", renewals("ca", 1, isCA)[0].Revoking(leaf))
				forged := ca.Safe()
				forged["crl"] = renewals("ca", 1, isCA)[0].Revoking(leaf)["crl"]
				t.put("cf/forged", forged)
				t.deploy(leaf, ca)
				Expect(t.says()).To(Equal([]string{"current", "current"}))
			})

			It("two certificates of one identity in the deployment, told apart by the key that a renewal keeps", func() {
				b := renewals("a", 1)[0]
				renewed := scenario.Issue(scenario.Spec{CommonName: "a", SameKey: a[0]})
				t.put("cf/one", renewed.Safe())
				t.put("cf/two", b.Safe())
				t.deploy(a[0])
				Expect(t.says()).To(Equal([]string{"stale stale error: renewed in Vault WHEN but not deployed; secret/cf/one holds version 1, newer than this -> merge the manifest anew, then: bosh -d cf deploy MANIFEST"}))
			})

			It("two certificates of one identity in the deployment, told apart by the name of the job", func() {
				t.put("cf/bbs/locket-client", a[2].Safe())
				t.put("cf/rep/locket-client", a[3].Safe())
				t.deploy(a[0])
				Expect(t.says()).To(Equal([]string{"stale stale error: renewed in Vault WHEN but not deployed; secret/cf/rep/locket-client holds version 1, newer than this -> merge the manifest anew, then: bosh -d cf deploy MANIFEST"}))
			})

			It("a path with another certificate", func() {
				b := pair("b")
				t.put("cf/a", a[0].Safe())
				t.deploy(a[0])
				Expect(t.says()).To(Equal([]string{"current"}))
				t.put("cf/a", b.Safe())
				Expect(t.says()).To(Equal([]string{"stale stale error: replaced in Vault WHEN; secret/cf/a holds version 2, this is version 1, and the certificate there has another subject, other names or other usages -> merge the manifest anew, then: bosh -d cf deploy MANIFEST"}))
			})

			It("a certificate that was put on the VM by hand", func() {
				t.put("cf/a", a[0].Safe())
				t.deploy(a[3])
				Expect(t.says()).To(Equal([]string{"unexpected unexpected error: Vault has never held this certificate; secret/cf/a holds another certificate with the same identity (version 1)" +
					" -> if it was put there by hand: bosh -d cf recreate; if it is the certificate that you want, write it to secret/cf/a"}))
			})

			It("a CA that was renewed in its own secret, with a copy beside its leaf", func() {
				cas := renewals("ca", 2, isCA)
				leaf := pair("leaf")
				t.put("cf/a_leaf", map[string]any{"ca": cas[0].CertPEM(), "certificate": leaf.CertPEM()})
				t.put("cf/my_ca", cas[0].Safe())
				t.put("cf/my_ca", cas[1].Safe())
				t.deploy(cas[0])
				const stale = "stale stale error: renewed in Vault WHEN but not deployed; secret/cf/my_ca holds version 2, this is version 1 -> merge the manifest anew, then: bosh -d cf deploy MANIFEST"
				Expect(t.says()).To(Equal([]string{stale}))
				t.put("cf/a_leaf", map[string]any{"ca": cas[1].CertPEM(), "certificate": leaf.CertPEM()})
				Expect(t.says()).To(Equal([]string{stale}))
			})
		})
	}

	It("a secret that is newer than its publication is never current", func() {
		t := &town{mode: source.Metadata, engine: server.Engine(2)}
		a := renewals("a", 3)
		t.put("cf/a", a[0].Safe())
		t.deploy(a[0])
		Expect(t.says()).To(Equal([]string{"current"}))
		t.silent = true
		t.put("cf/a", a[1].Safe())
		const behind = "behind reference_unavailable warning: it may be out of date; secret/cf/a holds version 2 since WHEN, and nothing is published of that version"
		Expect(t.says()).To(Equal([]string{behind + "; this is version 1 -> cert-health publish --vault-path secret/cf/a"}))
		t.deploy(a[1])
		Expect(t.says()).To(Equal([]string{behind + " -> cert-health publish --vault-path secret/cf/a"}))
		t.silent = false
		Expect(t.says()).To(Equal([]string{"current"}))
	})
})
