package source_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/scenario"
	"cert-health/internal/vault/source"
)

// An engine of version 1 does not know what its secrets contained before. Clients of one server have
// equal names.
var _ = Describe("drift in an engine without versions, with two certificates of one identity", func() {
	for _, mode := range []source.Mode{source.Metadata, source.Data} {
		Describe("in mode "+string(mode), func() {
			var t *town
			var a []*scenario.Pair
			BeforeEach(func() {
				t = &town{mode: mode, engine: server.Engine(1), version: 1}
				a = renewals("locket client", 4)
				t.deploy(a[0])
			})
			stale := func(path string) []string {
				when := "" // a secret has no date, and a publication has its own
				if mode == source.Metadata {
					when = "WHEN "
				}
				return []string{"stale stale error: renewed in Vault " + when + "but not deployed; " + path + " holds a newer one" +
					" -> merge the manifest anew, then: bosh -d cf deploy MANIFEST"}
			}

			It("told apart by the key that a renewal keeps", func() {
				t.put("cf/one", scenario.Issue(scenario.Spec{CommonName: "locket client", SameKey: a[0]}).Safe())
				t.put("cf/two", a[1].Safe())
				Expect(t.says()).To(Equal(stale("secret/cf/one")))
			})
			It("told apart by the name of the job", func() {
				t.put("cf/bbs/locket", a[1].Safe())
				t.put("cf/diego-rep/locket", a[2].Safe())
				Expect(t.says()).To(Equal(stale("secret/cf/diego-rep/locket")))
			})
			It("and otherwise ambiguous, without the advice to narrow the paths", func() {
				t.put("cf/bbs/locket", a[1].Safe())
				t.put("cf/auctioneer/locket", a[2].Safe())
				Expect(t.says()).To(Equal([]string{"ambiguous reference_unavailable warning: the secret that it belongs to is unknown; secret/cf/auctioneer/locket and secret/cf/bbs/locket hold certificates with its identity, and none of them has ever held this one" +
					" -> if it was put there by hand: bosh -d cf recreate; if it was not: merge the manifest anew, then: bosh -d cf deploy MANIFEST"}))
				t.deploy(a[1])
				Expect(t.says()).To(Equal([]string{"current"}))
			})
		})
	}
})
