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
	"cert-health/internal/scenario/vaulttest"
	"cert-health/internal/secret"
	"cert-health/internal/vault/client"
	"cert-health/internal/vault/source"
)

// behind puts a proxy before the real Vault that answers with a status of its own
// where refuse says so, and counts.
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
					Expect(holds[0]).To(Equal(reference.Entry{Key: "certificate", Summary: truncated(a)}))
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

	It("finds an index above the path that it searches", func() {
		name := server.Engine(2)
		a, b := pair("a"), pair("b")
		server.WriteSecret(name, "cf/cell/a", a.Safe())
		server.WriteSecret(name, "cf/router/b", b.Safe())
		publishAll(name + "/cf")
		answer := newSource(source.Options{Client: newClient(server.Token), Paths: []string{name + "/cf/cell"}}).Find(ctx, identities(a, b))
		Expect(names(answer)).To(Equal([]string{name + "/cf/cell/a certificate v1"}))
	})

	It("reads the secrets of the deployment first, in a shared engine", func() {
		name, p := server.Engine(2), pair("x")
		for i := range 30 {
			server.WriteSecret(name, fmt.Sprintf("env-%02d/x", i), pair("x").Safe())
		}
		server.WriteSecret(name, "zz/x", p.Safe())
		publishAll(name)
		answer := newSource(source.Options{Client: newClient(server.Token), Deployment: "zz", Paths: []string{name}}).Find(ctx, identities(p))
		Expect(answer.Secrets).To(HaveLen(16))
		Expect(names(answer)).To(ContainElement(name + "/zz/x certificate v1"))
	})

	It("says what to do if nothing is published", func() {
		name := server.Engine(2)
		server.WriteSecret(name, "cf/x", pair("x").Safe())
		answer := newSource(source.Options{Client: newClient(server.Token), Paths: []string{name + "/cf"}}).Find(ctx, identities(pair("x")))
		Expect(answer.Error).To(Equal(name + "/cf: nothing is published for this path: run `cert-health publish --vault-path " + name + "/cf`"))
	})

	It("does not list secrets in mode metadata: the number of requests does not grow with the tree", func() {
		name := server.Engine(2)
		for i := range 100 {
			server.WriteSecret(name, fmt.Sprint(i), pair(fmt.Sprint(i)).Safe())
		}
		publishAll(name)
		answer := newSource(source.Options{Client: newClient(server.Token), Paths: []string{name}}).Find(ctx, identities(pair("7")))
		Expect(answer.Secrets).To(HaveLen(1))
		// The token, the mount, the index's head and one part of it, the
		// secret, and what the token may do.
		Expect(answer.Requests).To(Equal(6))
	})

	Describe("with the policies in manifests", func() {
		var (
			name string
			p    *scenario.Pair
		)
		BeforeEach(func() {
			name, p = server.Engine(2), pair("x")
			server.WriteSecret(name, "cf/x", p.Safe())
			publishAll(name + "/cf")
		})
		find := func(rules string, mode source.Mode) *reference.Answer {
			GinkgoHelper()
			o := source.Options{Client: newClient(server.LimitedToken(rules)), Mode: mode, Paths: []string{name + "/cf"}}
			return newSource(o).Find(ctx, identities(p))
		}
		It("reads publications in mode metadata, and reports that its token may not read secrets", func() {
			answer := find(vaulttest.Policy("vault-policy-agent.hcl", name, "cf"), source.Metadata)
			Expect(answer.Problems).To(BeEmpty())
			Expect(answer.Secrets).To(HaveLen(1))
			Expect(answer.Access).To(Equal(reference.Access{Mode: "metadata", Known: true}))
			Expect(find(vaulttest.Policy("vault-policy-agent.hcl", name, "cf"), source.Data).State).To(Equal(reference.Unavailable))
		})
		It("reads secrets in mode data, and reports that its token may read them", func() {
			answer := find(vaulttest.Policy("vault-policy-agent-data.hcl", name, "cf"), source.Data)
			Expect(answer.Problems).To(BeEmpty())
			Expect(answer.Secrets).To(HaveLen(1))
			Expect(answer.Access).To(Equal(reference.Access{Mode: "data", Known: true, ReadData: true}))
		})
	})

	It("reports a wrong clock", func() {
		name, p := server.Engine(2), pair("x")
		server.WriteSecret(name, "x", p.Safe())
		publishAll(name)
		o := source.Options{Client: newClient(server.Token), Paths: []string{name}}
		o.Client.Now = func() time.Time { return time.Now().Add(3 * time.Hour) }
		answer := newSource(o).Find(ctx, identities(p))
		Expect(answer.Problems).To(HaveLen(1))
		Expect(answer.Problems[0].Reason).To(MatchRegexp(`^the clock of this VM is (3h0m0s|2h59m59s|3h0m1s) ahead of the clock of Vault, so certificates seem to expire too early or too late: check the time service`))
	})

	It("stops at the limit of secrets in mode data, and reports it", func() {
		name := server.Engine(2)
		for i := range 5 {
			server.WriteSecret(name, fmt.Sprint(i), pair("x").Safe())
		}
		answer := newSource(source.Options{Client: newClient(server.Token), Mode: source.Data, Paths: []string{name}, MaxSecrets: 3}).Find(ctx, identities(pair("x")))
		Expect(answer.Read).To(Equal(3))
		Expect(answer.Problems[0].Reason).To(ContainSubstring("cert_health.vault.max_secrets (3)"))
	})

	It("ends at its deadline when Vault does not answer, with a partial result", func() {
		name := server.Engine(2)
		for i := range 5 {
			server.WriteSecret(name, fmt.Sprint(i), pair("x").Safe())
		}
		hang := make(chan struct{})
		address, _ := behind(func(path string) int {
			if path == "/v1/"+name+"/data/1" {
				<-hang
			}
			return 0
		})
		DeferCleanup(func() { close(hang) })
		o := source.Options{Client: newClient(server.Token), Mode: source.Data, Paths: []string{name}, Timeout: 500 * time.Millisecond}
		o.Client.Address, o.Client.CACert, o.Client.Concurrency = address, "", 1
		answer := newSource(o).Find(ctx, identities(pair("x")))
		Expect(answer.Read).To(Equal(1))
		Expect(answer.Problems).To(ConsistOf(
			reference.Problem{Path: name + "/1", Reason: "Vault did not answer in time"},
			reference.Problem{Path: name + "/", Reason: "3 paths were not read within cert_health.vault.timeout: raise it, or name fewer paths"}))
	})

	It("names only a few of many paths that it could not read", func() {
		name := server.Engine(2)
		for i := range 30 {
			server.WriteSecret(name, fmt.Sprint(i), pair("x").Safe())
		}
		o := source.Options{Client: newClient(server.LimitedToken(scenario.Allow(name+"/metadata/*", "list") + scenario.Allow(name+"/metadata", "list") + scenario.Allow(name+"/data/1", "read"))), Mode: source.Data, Paths: []string{name}}
		answer := newSource(o).Find(ctx, identities(pair("x")))
		Expect(answer.State).To(Equal(reference.OK))
		Expect(answer.Problems).To(HaveLen(21))
		Expect(answer.Problems[20].Reason).To(Equal("9 more paths could not be read"))
	})
})

// truncated is a pair's summary as a publication keeps it: to the second.
func truncated(p *scenario.Pair) cert.Summary {
	summary := p.Noun().Summary()
	summary.NotBefore, summary.NotAfter = summary.NotBefore.Truncate(time.Second).UTC(), summary.NotAfter.Truncate(time.Second).UTC()
	return summary
}
