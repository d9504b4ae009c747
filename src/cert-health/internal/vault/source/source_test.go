package source_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
	"cert-health/internal/reference"
	"cert-health/internal/scenario"
	"cert-health/internal/secret"
	"cert-health/internal/vault/client"
	"cert-health/internal/vault/source"
)

// behind starts a proxy in front of the real Vault that counts requests. If refuse returns a
// status, the proxy answers with it.
func behind(refuse func(path string) int) (address string, requests *atomic.Int64) {
	GinkgoHelper()
	forward := server.Forward()
	requests = &atomic.Int64{}
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		if status := refuse(r.URL.Path); status != 0 {
			w.WriteHeader(status)
			return
		}
		forward.ServeHTTP(w, r)
	}))
	DeferCleanup(proxy.Close)
	return proxy.URL, requests
}

var _ = Describe("Source", func() {
	for _, version := range []int{2, 1} {
		for _, mode := range []source.Mode{source.Metadata, source.Data} {
			Describe(fmt.Sprintf("KV version %d in mode %s", version, mode), func() {
				var (
					name string
					o    source.Options
				)
				put := func(path string, data map[string]any) {
					GinkgoHelper()
					if version == 1 {
						server.Write(name+"/"+path, data)
					} else {
						server.WriteSecret(name, path, data)
					}
				}
				published := func() {
					GinkgoHelper()
					if mode == source.Metadata {
						publishAll(name)
					}
				}
				BeforeEach(func() {
					name = server.Engine(version)
					o = source.Options{Client: newClient(server.Token), Mode: mode, Paths: []string{name}}
				})
				number := func(n int) string { // as far as the engine has versions
					if version == 1 {
						n = 0
					}
					return fmt.Sprintf("v%d", n)
				}

				It("finds the requested certificates, and no others", func() {
					ca, leaf, foreign := pair("ca"), pair("leaf"), pair("foreign")
					put("cf/ca", ca.Safe())
					put("cf/rep/tls", leaf.Safe())
					put("cf/foreign", foreign.Safe())
					put("cf/password", map[string]any{"password": "x"})
					published()
					answer := newSource(o).Find(ctx, identities(ca, leaf))
					Expect(answer.Problems).To(BeEmpty())
					Expect(answer.State).To(Equal(reference.OK))
					Expect(names(answer)).To(ConsistOf(name+"/cf/ca certificate "+number(1), name+"/cf/rep/tls certificate "+number(1)))
					Expect(answer.Secrets[0].ReadAt).To(BeTemporally("~", time.Now(), time.Minute))
				})

				It("finds a certificate that Go programs refuse, and its regular successor", func() {
					irregular := scenario.Issue(scenario.Spec{CommonName: "my_host", Patch: func(tbs *scenario.Node) { tbs.At(5, 0, 0, 1).Set(0x13, []byte("my_host")...) }})
					successor := pair("my_host")
					Expect(irregular.Noun().Refused).NotTo(BeEmpty())
					put("cf/rep/tls", irregular.Safe())
					published()
					answer := newSource(o).Find(ctx, identities(irregular))
					Expect(answer.Problems).To(BeEmpty())
					Expect(answer.Secrets).To(HaveLen(1))
					Expect(answer.Secrets[0].Entries).To(ContainElement(HaveField("Summary", truncated(irregular))))

					put("cf/rep/tls", successor.Safe())
					published()
					answer = newSource(o).Find(ctx, identities(irregular))
					Expect(answer.Secrets).To(HaveLen(1))
					Expect(answer.Secrets[0].Entries).To(ContainElement(HaveField("Summary", truncated(successor))))
				})

				It("reads known secrets again with one request each", func() {
					a, b := pair("a"), pair("b")
					put("a", a.Safe())
					put("b", b.Safe())
					published()
					s := newSource(o)
					s.Find(ctx, identities(a, b))
					answer := s.Read(ctx, []reference.Path{{Mount: name + "/", Path: "a"}, {Mount: name + "/", Path: "b"}, {Mount: name + "/", Path: "gone"}})
					Expect(names(answer)).To(HaveLen(2))
					Expect(answer.Missing).To(Equal([]reference.Path{{Mount: name + "/", Path: "gone"}}))
					Expect(answer.Requests).To(Equal(3))
				})

				It("publishes several paths, single secrets and unusual names", func() {
					var pairs []*scenario.Pair
					for _, path := range []string{"a b/c%d", "ä/ö", "plus+", "dot.s/x", "one"} {
						p := pair(path)
						pairs = append(pairs, p)
						put(path, p.Safe())
					}
					published()
					o.Paths = []string{name + "/a b", "/" + name + "/ä/", name + "/plus+", name + "/dot.s"}
					answer := newSource(o).Find(ctx, identities(pairs...))
					Expect(answer.Problems).To(BeEmpty())
					Expect(answer.Secrets).To(HaveLen(4))
				})

				It("reads the members of a bundle in their order", func() {
					a, b := scenario.Issue(scenario.Spec{CommonName: "a", CA: true}), scenario.Issue(scenario.Spec{CommonName: "b", CA: true})
					put("ca", map[string]any{"ca": b.CertPEM() + a.CertPEM(), "certificate": a.CertPEM()})
					published()
					holds := newSource(o).Find(ctx, identities(a)).Secrets[0].Entries
					Expect(holds).To(HaveLen(3))
					Expect(holds[0]).To(Equal(reference.Entry{Key: "certificate", Keyless: true, Summary: truncated(a)}))
					Expect(holds[1]).To(Equal(reference.Entry{Key: "ca", Summary: truncated(b)}))
					Expect(holds[2].Fingerprint).To(Equal(a.Fingerprint()))
				})

				It("explains that a path is empty, or is not in a KV engine", func() {
					put("x", pair("x").Safe())
					published()
					o.Paths = []string{name, "sys/policies"}
					answer := newSource(o).Find(ctx, identities(pair("x")))
					Expect(answer.State).To(Equal(reference.OK))
					Expect(answer.Problems).To(ConsistOf(HaveField("Path", "sys/policies")))
				})

				It("is unavailable when nothing could be read", func() {
					put("x", pair("x").Safe())
					published()
					for _, spoil := range []func(*client.Options){
						func(o *client.Options) { o.Auth.Token = secret.New("hvs.wrong") },
						func(o *client.Options) { o.Auth.Token = secret.New("") },
						func(o *client.Options) {
							o.Auth.Token = secret.New(server.LimitedToken(scenario.Allow("elsewhere/*", "read")))
						},
						func(o *client.Options) { o.Address = "https://127.0.0.1:1" },
					} {
						spoilt := o
						spoil(&spoilt.Client)
						answer := newSource(spoilt).Find(ctx, identities(pair("x")))
						Expect(answer.State).To(Equal(reference.Unavailable))
						Expect(answer.Error).NotTo(BeEmpty())
						Expect(answer.CheckedAt).To(BeZero())
					}
				})

				It("leaves secrets for the next time while Vault is too busy, with few retries", func() {
					var paths []reference.Path
					for i := range 20 {
						put(fmt.Sprint(i), pair("x").Safe())
						paths = append(paths, reference.Path{Mount: name + "/", Path: fmt.Sprint(i)})
					}
					published()
					var asked, refusing atomic.Int64
					address, requests := behind(func(string) int {
						if refusing.Load() > 0 && asked.Add(1)%2 == 0 {
							return http.StatusTooManyRequests
						}
						return 0
					})
					o.Client.Address, o.Client.CACert = address, ""
					s := newSource(o)
					s.Read(ctx, paths)
					refusing.Store(1)
					before := requests.Load()
					answer := s.Read(ctx, paths)
					Expect(answer.State).To(Equal(reference.OK))
					Expect(len(answer.Secrets) + len(answer.Delayed)).To(Equal(20))
					Expect(answer.Delayed).NotTo(BeEmpty())
					Expect(answer.Problems).To(BeEmpty())
					Expect(requests.Load()-before).To(BeNumerically("<=", 24), "a fifth more")
					Expect(answer.Requests).To(BeEquivalentTo(requests.Load() - before))
				})

				It("is unavailable while Vault answers nothing but 503", func() {
					put("x", pair("x").Safe())
					published()
					address, _ := behind(func(string) int { return http.StatusServiceUnavailable })
					o.Client.Address, o.Client.CACert = address, ""
					answer := newSource(o).Read(ctx, []reference.Path{{Mount: name + "/", Path: "x"}})
					Expect(answer.State).To(Equal(reference.Unavailable))
					Expect(answer.Error).To(ContainSubstring("Vault is not ready (503)"))
				})
			})
		}
	}
})

// truncated is a pair's summary as a publication keeps it: to the second.
func truncated(p *scenario.Pair) cert.Summary {
	summary := p.Noun().Summary()
	summary.NotBefore, summary.NotAfter = summary.NotBefore.Truncate(time.Second).UTC(), summary.NotAfter.Truncate(time.Second).UTC()
	return summary
}
