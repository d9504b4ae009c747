package order_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/plan"
	"cert-health/internal/scenario"
	"cert-health/internal/scenario/vaulttest"
	"cert-health/internal/secret"
	"cert-health/internal/vault/client"
	"cert-health/internal/vault/order"
)

// failed checks that a run failed in its first act, and returns the reason.
func failed(p prepared) string {
	GinkgoHelper()
	results := p.Run(ctx)
	Expect(results[0].State).To(Equal(plan.Failed), "%v", results)
	for _, behind := range results[1:] {
		Expect(behind.State).To(Equal(plan.Untouched))
	}
	return results[0].Detail
}

var _ = Describe("a run that stops", func() {
	for _, version := range []int{1, 2} {
		Describe(fmt.Sprintf("in an engine of version %d", version), func() {
			var (
				e        engine
				ca, leaf *scenario.Pair
				renew    order.Order
			)
			BeforeEach(func() {
				e = newEngine(version)
				ca = scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
				leaf = scenario.Issue(scenario.Spec{CommonName: "leaf", Issuer: ca})
				e.put("ca", counted(ca, "11"))
				e.put("leaf", leaf.Safe())
				renew = order.Order{Verb: order.Reissue, Paths: []string{e.path("leaf")}}
			})
			// finishes checks that the leaf is as it was, and that a second run does all.
			finishes := func() {
				GinkgoHelper()
				Expect(e.get("leaf")).To(Equal(leaf.Safe()), "nothing is half written")
				listOf(e.get("ca"))
				keyOf(e.get("ca"))
				newClerk().run(renew)
				whole(e.get("leaf"), ca.X509)
				Expect(e.get("leaf")["key"]).NotTo(Equal(leaf.KeyPEM()))
				if version == 2 {
					Expect(certificateOf(e.get("leaf")).SerialNumber.Text(16)).To(Equal(e.get("ca")["serial"]))
				}
			}

			It("between the serial number and the certificate, as if it was killed", func() {
				dying, die := context.WithCancel(ctx)
				c := newClerk(before(func(w http.ResponseWriter, r *http.Request) bool {
					if writes(r, e, "leaf") {
						die()
						panic(http.ErrAbortHandler)
					}
					return false
				}))
				results := c.prepare(renew).Run(dying)
				Expect(results[0].State).To(Equal(plan.Failed))
				if version == 2 {
					Expect(e.get("ca")["serial"]).To(Equal("12"), "it is lost")
				}
				finishes()
			})

			It("because Vault is sealed in between", func() {
				sealed := atomic.Bool{}
				c := newClerk(before(func(w http.ResponseWriter, r *http.Request) bool {
					if writes(r, e, "leaf") {
						sealed.Store(true)
					}
					if sealed.Load() {
						w.WriteHeader(http.StatusServiceUnavailable)
						_, _ = w.Write([]byte(`{"errors":["Vault is sealed"]}`)) // as Vault answers
					}
					return sealed.Load()
				}))
				Expect(failed(c.prepare(renew))).To(ContainSubstring("Vault is sealed (503): unseal it"))
				finishes()
			})

			It("because someone else has renewed it", func() {
				other := scenario.Issue(scenario.Spec{CommonName: "leaf", Issuer: ca})
				p := newClerk().prepare(renew)
				e.put("leaf", other.Safe())
				Expect(failed(p)).To(Equal(e.path("leaf") + ": its certificate or its key has changed since the plan was made, and it was not written: run the command again"))
				Expect(e.get("leaf")).To(Equal(other.Safe()))
				leaf = other
				finishes()
			})

			It("because the token may not write, before anything is written", func() {
				for _, shut := range []string{"ca", "leaf"} {
					token := server.LimitedToken(scenario.Allow(e.name+"/*", "read", "list", "create", "update") + scenario.Allow(e.mount().Data(shut), "read"))
					_, err := newClerk(func(o *client.Options) { o.Auth.Token = secret.New(token) }).Prepare(ctx, renew)
					Expect(err).To(MatchError(ContainSubstring("write " + e.path(shut) + ": the policy of the token does not permit update")))
					Expect(e.get("ca")["serial"]).To(Equal("11"))
					look := renew
					look.PlanOnly = true
					p := newClerk(func(o *client.Options) { o.Auth.Token = secret.New(token) }).prepare(look)
					Expect(p.text).To(ContainSubstring("warning   write " + e.path(shut) + ": the policy"))
				}
				finishes()
			})

			It("because the token may not write any more", func() {
				p := newClerk().prepare(renew)
				c := newClerk(before(func(w http.ResponseWriter, r *http.Request) bool {
					if !writes(r, e, "leaf") {
						return false
					}
					w.WriteHeader(http.StatusForbidden)
					_, _ = w.Write([]byte(`{"errors":["1 error occurred:\n\t* permission denied\n\n"]}`))
					return true
				}))
				p.Wipe()
				Expect(failed(c.prepare(renew))).To(ContainSubstring("permission denied (403)"))
				finishes()
			})

			It("leaves what is behind untouched", func() {
				e.put("other", scenario.Issue(scenario.Spec{CommonName: "other", Issuer: ca}).Safe())
				renew.Paths = append(renew.Paths, e.path("other"))
				held := e.get("other")
				c := newClerk(before(func(w http.ResponseWriter, r *http.Request) bool {
					if writes(r, e, "leaf") {
						panic(http.ErrAbortHandler)
					}
					return false
				}))
				failed(c.prepare(renew))
				Expect(e.get("other")).To(Equal(held))
				renew.Paths = renew.Paths[:1]
				finishes()
			})

			It("only for a moment, if others change something else of the secret", func() {
				once := sync.Once{}
				changed := leaf.Safe()
				changed["note"] = "written in the meantime"
				c := newClerk(before(func(_ http.ResponseWriter, r *http.Request) bool {
					if r.Method == http.MethodPut && version == 2 && writes(r, e, "leaf") || version == 1 && writes(r, e, "ca") {
						once.Do(func() { e.put("leaf", changed) })
					}
					return false
				}))
				p := c.prepare(renew)
				Expect(plan.Outcome{Results: p.Run(ctx)}.Failed()).To(BeFalse())
				whole(e.get("leaf"), ca.X509)
				Expect(e.get("leaf")["note"]).To(Equal("written in the meantime"))
			})

			It("not at all, if only the answer is lost", func() {
				forward := server.Forward()
				c := newClerk(before(func(w http.ResponseWriter, r *http.Request) bool {
					if writes(r, e, "leaf") {
						forward.ServeHTTP(&deaf{}, r)
						panic(http.ErrAbortHandler)
					}
					return false
				}))
				p := c.prepare(renew)
				Expect(plan.Outcome{Results: p.Run(ctx)}.Failed()).To(BeFalse())
				whole(e.get("leaf"), ca.X509)
			})

			It("never with one serial number for two that run at once", func() {
				var paths []string
				for i := range 6 {
					path := fmt.Sprint("many/", i)
					e.put(path, scenario.Issue(scenario.Spec{CommonName: path, Issuer: ca}).Safe())
					paths = append(paths, path)
				}
				var group sync.WaitGroup
				for at := range 2 {
					c := newClerk()
					p := c.prepare(order.Order{Verb: order.Renew, Paths: []string{e.path(paths[at]), e.path(paths[at+2]), e.path(paths[at+4])}})
					group.Go(func() {
						defer GinkgoRecover()
						Expect(plan.Outcome{Results: p.Run(ctx)}.Failed()).To(BeFalse())
					})
				}
				group.Wait()
				serials := map[string]bool{}
				for _, path := range paths {
					serials[certificateOf(e.get(path)).SerialNumber.String()] = true
				}
				Expect(serials).To(HaveLen(6))
			})
		})
	}

	It("says that Vault is sealed, as the real one does", func() {
		own := vaulttest.Start(scenario.DevVaultOptions{})
		ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
		own.WriteSecret("secret", "ca", counted(ca, "11"))
		own.WriteSecret("secret", "leaf", scenario.Issue(scenario.Spec{CommonName: "leaf", Issuer: ca}).Safe())
		p := newClerk(func(o *client.Options) { o.Address, o.Auth.Token = own.Address, secret.New(own.Token) }).
			prepare(order.Order{Verb: order.Renew, Paths: []string{"secret/leaf"}})
		Expect(own.Client.Sys().Seal()).To(Succeed())
		Expect(failed(p)).To(ContainSubstring("Vault is sealed (503): unseal it"))
	})
})

// deaf is an answer that no one receives.
type deaf struct{ header http.Header }

func (d *deaf) Header() http.Header {
	if d.header == nil {
		d.header = http.Header{}
	}
	return d.header
}
func (*deaf) Write(text []byte) (int, error) { return len(text), nil }
func (*deaf) WriteHeader(int)                {}
