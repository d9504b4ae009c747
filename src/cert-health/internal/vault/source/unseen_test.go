package source_test

import (
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
	"cert-health/internal/reference"
	"cert-health/internal/scenario"
	"cert-health/internal/vault/source"
)

// What Vault does not show any more keeps what was known of it, and has a problem with the time.
var _ = Describe("a secret that Vault does not show any more", func() {
	for _, mode := range []source.Mode{source.Metadata, source.Data} {
		Describe("in mode "+string(mode), func() {
			var (
				first, second string // engines
				a, b          *scenario.Pair
				refused       atomic.Value // the end of a path that is refused
				own           []cert.Deployed
				follower      *reference.Follower
				age           time.Duration
			)
			publish := func() {
				if mode == source.Metadata {
					publishAll(first)
					publishAll(second)
				}
			}
			BeforeEach(func() {
				first, second, age = server.Engine(2), server.Engine(2), 0
				a, b = pair("a"), pair("b")
				server.WriteSecret(first, "cf/a", a.Safe())
				server.WriteSecret(second, "cf/b", b.Safe())
				publish()
				refused.Store("nothing")
				address, _ := behind(func(path string) int {
					if strings.HasSuffix(path, refused.Load().(string)) {
						return http.StatusForbidden
					}
					return 0
				})
				o := source.Options{Client: newClient(server.Token), Mode: mode, Paths: []string{first, second}}
				o.Client.Address, o.Client.CACert = address, ""
				own = []cert.Deployed{{Certificate: a.Noun(), Role: cert.Leaf}, {Certificate: b.Noun(), Role: cert.Leaf}}
				follower = reference.Follow(newSource(o), "cf", nil, func() time.Time { return time.Now().Add(age) })
			})
			// ask returns the reference of a, and the answer.
			ask := func() (cert.Reference, *reference.Answer) {
				GinkgoHelper()
				knowledge, answer := follower.Ask(ctx, own)
				references := knowledge.Resolve(own, "cf")
				Expect(references[b.Fingerprint()]).To(And(HaveField("State", cert.Current), HaveField("LastSeen", BeZero())))
				return references[a.Fingerprint()], answer
			}
			isKept := func(reason string) {
				GinkgoHelper()
				for range 2 {
					r, answer := ask()
					Expect(answer.State).To(Equal(reference.OK))
					Expect(r.State).To(Equal(cert.Current))
					Expect(r.LastSeen).To(BeTemporally("~", time.Now(), time.Minute))
					Expect(answer.Problems).To(ConsistOf(And(
						HaveField("Path", first+"/cf/a"), HaveField("Reason", ContainSubstring(reason)), HaveField("LastSeen", r.LastSeen))))
				}
			}
			isWell := func() {
				GinkgoHelper()
				r, answer := ask()
				Expect(answer.Problems).To(BeEmpty())
				Expect(r).To(And(HaveField("State", cert.Current), HaveField("LastSeen", BeZero())))
			}

			It("because it is denied", func() {
				isWell()
				refused.Store("/cf/a")
				isKept("permission denied (403)")
				refused.Store("nothing")
				isWell()
			})
			It("because its engine is gone", func() {
				isWell()
				Expect(server.Client.Sys().Unmount(first)).To(Succeed())
				isKept("there is no secrets engine at this path any more (404)")
			})
			if mode == source.Data {
				return
			}
			overwrite := func(custom map[string]any) {
				GinkgoHelper()
				server.Write(first+"/metadata/cf/a", map[string]any{"custom_metadata": custom})
			}
			It("because its publication is damaged", func() {
				isWell()
				overwrite(map[string]any{"cert-health.0": "1 1 - AAAAAA;+certificate"})
				isKept("the publication cannot be read")
				publish()
				isWell()
			})
			It("because its publication names a version that does not exist", func() {
				isWell()
				overwrite(map[string]any{"cert-health.0": "1 9 - AAAAAA"})
				isKept("version 9 is published, and Vault has only 1 versions")
			})
			It("but not while its publication is missing or an older one: the version is still the known one", func() {
				server.WriteSecret(first, "cf/a", pair("a").Safe())
				before, err := server.Client.KVv2(first).GetMetadata(ctx, "cf/a")
				Expect(err).NotTo(HaveOccurred())
				server.WriteSecret(first, "cf/a", a.Safe())
				publish()
				isWell()
				for _, custom := range []map[string]any{{}, before.CustomMetadata} {
					overwrite(custom)
					isWell()
				}
				server.WriteSecret(first, "cf/a", pair("a").Safe())
				r, _ := ask()
				Expect(r.State).To(Equal(cert.Behind), "a new version is never called current")
			})
		})
	}
})
