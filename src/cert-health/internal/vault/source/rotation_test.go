package source_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/scenario"
	"cert-health/internal/vault/source"
)

var _ = Describe("drift while a CA is rotated", func() {
	for _, mode := range []source.Mode{source.Metadata, source.Data} {
		Describe("in mode "+string(mode), func() {
			var (
				t          *town
				old, young *scenario.Pair
			)
			bundle := func(pairs ...*scenario.Pair) map[string]any {
				text := ""
				for _, p := range pairs {
					text += p.CertPEM()
				}
				return map[string]any{"ca": text}
			}
			BeforeEach(func() {
				t = &town{mode: mode, engine: server.Engine(2)}
				cas := renewals("ca", 2, isCA)
				old, young = cas[0], cas[1]
			})
			const stale = " error: /var/vcap/jobs/rep/ca.crt lacks 1 of the 2 CAs that secret/cf/ca holds (version 2) since WHEN; programs that use this file refuse certificates that the missing CAs signed -> merge the manifest anew, then: bosh -d cf deploy MANIFEST"

			const withdrawn = "/var/vcap/jobs/rep/ca.crt still trusts it, and secret/cf/ca no longer holds it since WHEN; " +
				"programs that use this file accept every certificate that it signs -> merge the manifest anew, then: bosh -d cf deploy MANIFEST"

			It("has no findings with the old and the new CA, at every step", func() {
				t.put("cf/ca", bundle(old))
				t.deploy(old)
				Expect(t.says()).To(Equal([]string{"current"}))
				t.put("cf/ca", bundle(old, young))
				Expect(t.says()).To(Equal([]string{"current stale" + stale}), "the new one is not deployed yet")
				t.deploy(old, young)
				Expect(t.says()).To(Equal([]string{"current", "current"}))
				t.put("cf/ca", bundle(young))
				Expect(t.says()).To(Equal([]string{"stale stale warning: " + withdrawn, "current"}))
				t.deploy(young)
				Expect(t.says()).To(Equal([]string{"current"}))
			})

			It("a bundle that has lost the old CA too early", func() {
				t.put("cf/ca", bundle(old))
				t.put("cf/ca", bundle(old, young))
				t.deploy(young)
				Expect(t.says()).To(Equal([]string{"current stale" + stale}))
			})

			It("another order is information", func() {
				t.put("cf/ca", bundle(old, young))
				t.deploy(young, old)
				Expect(t.says()).To(ConsistOf("current", "current stale info: /var/vcap/jobs/rep/ca.crt holds the CAs of secret/cf/ca in another order; the order makes no difference to trust -> merge the manifest anew, then: bosh -d cf deploy MANIFEST"))
			})

			It("a CA of another name in its place", func() {
				other := scenario.Issue(scenario.Spec{CommonName: "other-ca", CA: true})
				t.put("cf/ca", bundle(old))
				t.deploy(old)
				Expect(t.says()).To(Equal([]string{"current"}))
				t.put("cf/ca", bundle(old, other))
				t.deploy(old, other)
				Expect(t.says()).To(Equal([]string{"current", "current"}))
				t.put("cf/ca", bundle(other))
				Expect(t.says()).To(Equal([]string{"stale stale warning: " + withdrawn, "current"}))
			})
		})
	}
})
