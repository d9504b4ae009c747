package vault_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/inventory"
	"cert-health/hub/internal/source/vault"
	"cert-health/internal/scenario"
	"cert-health/internal/secret"
)

// fails makes a collection that must fail, twice: the reason stays the same, and no item is known.
func fails(s inventory.Source) string {
	GinkgoHelper()
	var reasons []string
	for range 2 {
		c, err := s.Collect(ctx, &memory{})
		Expect(err).To(HaveOccurred())
		Expect(c).To(BeNil())
		Expect(err.Error()).NotTo(ContainSubstring("\n"))
		Expect(err.Error()).NotTo(ContainSubstring(server.Token))
		reasons = append(reasons, err.Error())
	}
	Expect(reasons[0]).To(Equal(reasons[1]))
	return reasons[0]
}

var _ = Describe("a Vault in trouble", func() {
	var (
		engine string
		m      *memory
	)
	BeforeEach(func() {
		engine, m = server.Engine(2), &memory{}
		for i := range 40 {
			server.WriteSecret(engine, fmt.Sprintf("d%d/x%d", i%4, i), map[string]any{"certificate": pair("x").CertPEM()})
		}
	})

	It("that is down is a failure", func() {
		o := options(engine)
		o.Client.Address = "http://127.0.0.1:1"
		Expect(fails(open(o))).To(Equal("look up the token: nothing listens at 127.0.0.1:1: connection refused"))
	})

	It("that does not know the token is a failure", func() {
		o := options(engine)
		o.Client.Auth.Token = secret.New("wrong-" + server.Token)
		Expect(fails(open(o))).To(HavePrefix("Vault does not know the token (403): "))
	})

	It("that limits the rate of requests is a failure", func() {
		p := behind(nil)
		p.answer = func(w http.ResponseWriter, _ *http.Request) bool {
			w.WriteHeader(http.StatusTooManyRequests)
			return true
		}
		Expect(fails(p.through(options(engine)))).To(ContainSubstring("Vault limits the rate of requests (429): lower sources[v].rate"))
	})

	It("that permits nothing is a failure", func() {
		o := options(engine)
		o.Client.Auth.Token = secret.New(server.LimitedToken(scenario.Allow(engine+"/config", "read")))
		Expect(fails(open(o))).To(Equal(engine + "/: permission denied (403): the policy of the token does not permit this"))
	})

	It("that denies a part shows the rest", func() {
		o := options(engine)
		o.Client.Auth.Token = secret.New(server.LimitedToken(scenario.Allow(engine+"/*", "read", "list") +
			scenario.Allow(engine+"/metadata/d1", "deny") + scenario.Allow(engine+"/metadata/d1/*", "deny") + scenario.Allow(engine+"/data/d2/x2", "deny")))
		c := m.collect(open(o))
		Expect(paths(c)).To(HaveLen(29))
		denied := "permission denied (403): the policy of the token does not permit this"
		Expect(c.Unseen).To(Equal([]inventory.Unseen{{Path: engine + "/d1/", Reason: denied}, {Path: engine + "/d2/x2", Reason: denied}}))
	})

	It("that is lost in the middle keeps what was read, and is not asked a thousand times", func() {
		p := behind(nil)
		var answers, refused atomic.Int64
		p.answer = func(w http.ResponseWriter, r *http.Request) bool {
			if strings.Contains(r.URL.Path, "/data/") && answers.Add(1) > 10 {
				refused.Add(1)
				connection, _, err := w.(http.Hijacker).Hijack()
				Expect(err).NotTo(HaveOccurred())
				_ = connection.Close()
				return true
			}
			return false
		}
		o := options(engine)
		o.Client.Concurrency, o.Client.MaxRetries = 2, -1
		c := m.collect(p.through(o))
		Expect(paths(c)).To(Or(HaveLen(10), HaveLen(9)), "one answer may be on its way when the other worker gives up")
		Expect(c.Unseen).To(ContainElement(HaveField("Path", "")))
		Expect(refused.Load()).To(BeNumerically("<=", 16))
	})

	It("that is too slow shows what was read in time", func() {
		p := behind(nil)
		collection, stop := context.WithCancel(ctx)
		DeferCleanup(stop)
		var answers atomic.Int64
		p.answer = func(_ http.ResponseWriter, r *http.Request) bool {
			if strings.Contains(r.URL.Path, "/data/") && answers.Add(1) > 20 {
				stop() // the time of the collection is over before it answers
				<-r.Context().Done()
			}
			return false
		}
		c, err := p.through(options(engine)).Collect(collection, m)
		Expect(err).NotTo(HaveOccurred())
		Expect(paths(c)).NotTo(BeEmpty())
		Expect(c.Unseen).To(ContainElement(inventory.Unseen{Reason: "the collection did not end in time: raise sources[v].timeout, or name fewer paths"}))
	})

	It("that drops a secret between list and read has one secret less", func() {
		p := behind(nil)
		p.answer = func(w http.ResponseWriter, r *http.Request) bool {
			if strings.HasSuffix(r.URL.Path, "/data/d1/x1") {
				w.WriteHeader(http.StatusNotFound)
				return true
			}
			return false
		}
		c := m.collect(p.through(options(engine)))
		Expect(paths(c)).To(HaveLen(39))
		Expect(c.Unseen).To(BeEmpty())
	})

	It("names no more paths than people can read", func() {
		p := behind(nil)
		p.answer = func(w http.ResponseWriter, r *http.Request) bool {
			if strings.Contains(r.URL.Path, "/data/many/") {
				w.WriteHeader(http.StatusForbidden)
				return true
			}
			return false
		}
		for i := range 101 {
			server.WriteSecret(engine, fmt.Sprintf("many/%03d", i), map[string]any{"x": "y"})
		}
		c := m.collect(p.through(options(engine)))
		Expect(paths(c)).To(HaveLen(40))
		Expect(c.Unseen).To(HaveLen(1))
		Expect(c.Unseen[0].Reason).To(HavePrefix("many paths could not be read; the first is " + engine + "/many/000: permission denied (403)"))
	})
})

var _ = Describe("Options", func() {
	It("report all problems, each with its key", func() {
		o := vault.Options{History: 1000, Exclude: []string{"["}}
		Expect(o.Problems()).To(ConsistOf(ContainSubstring("address is missing"), HavePrefix("history must"), HavePrefix("exclude: ")))
		o = options("*")
		Expect(o.Problems()).To(BeEmpty())
		o.Client.Auth.AppRole.RoleID = "x"
		o.Client.Address = "vault.example"
		Expect(o.Problems()).To(ConsistOf(HavePrefix("address must begin with https://"), HavePrefix("auth must have one method only")))
	})
})
