package collect_test

import (
	"net"
	"net/http"
	"strings"
	"time"

	"code.cloudfoundry.org/clock/fakeclock"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/catalog"
	"cert-health/hub/internal/inventory"
	"cert-health/hub/internal/source/vault"
	"cert-health/internal/secret"
)

// refusing answers every request with a status.
func refusing(status int) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(status)
		return true
	}
}

// denying denies the paths that contain a word.
func denying(word string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		if strings.Contains(r.URL.Path, word) {
			w.WriteHeader(http.StatusForbidden)
			return true
		}
		return false
	}
}

// hanging answers nothing.
func hanging(_ http.ResponseWriter, r *http.Request) bool {
	<-r.Context().Done()
	return true
}

var _ = Describe("a Vault that fails", func() {
	var engine string
	BeforeEach(func() { engine = written(4) })

	// nothingVanished checks that all placements stay, and that the failure is told.
	nothingVanished := func(h *hub, reason string) {
		GinkgoHelper()
		Eventually(func() string { return h.health("v").Error }).Should(ContainSubstring(reason))
		Expect(h.placements()).To(HaveLen(8))
		Expect(h.health("v").Failures).To(BeNumerically(">", 0))
		Expect(h.health("v").LastSuccess).NotTo(BeZero())
		Eventually(h.log.String).Should(ContainSubstring(reason))
		s, _ := h.View().Source("v")
		Expect(s.State).NotTo(Equal(catalog.SourceOK))
	}
	collected := func(h *hub) {
		GinkgoHelper()
		Eventually(h.placements).Should(HaveLen(8))
		Eventually(func() int { return unseen(h) }).Should(BeZero())
	}

	It("at the start is collected when it is there", func() {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		Expect(err).NotTo(HaveOccurred())
		address := listener.Addr().String()
		Expect(listener.Close()).To(Succeed())
		h := start(file(), nil, source("http://"+address, engine))
		Eventually(func() string { return h.health("v").Error }).Should(ContainSubstring("nothing listens at " + address))
		s, _ := h.View().Source("v")
		Expect(s.State).To(Equal(catalog.SourceNever))
		listener, err = net.Listen("tcp", address)
		Expect(err).NotTo(HaveOccurred())
		late := &http.Server{Handler: server.Forward(), ReadHeaderTimeout: time.Minute}
		go func() { _ = late.Serve(listener) }()
		DeferCleanup(late.Close)
		collected(h)
		Eventually(h.log.String).Should(ContainSubstring("the source can be collected again"))
	})

	It("later keeps what it showed, and recovers by itself", func() {
		p := behind()
		h := start(file(), nil, source(p.URL, engine))
		collected(h)
		p.be(func(w http.ResponseWriter, _ *http.Request) bool {
			connection, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				_ = connection.Close()
			}
			return true
		})
		nothingVanished(h, "was closed without an answer")
		p.be(nil)
		Eventually(func() string { return h.health("v").Error }).Should(BeEmpty())
		collected(h)
	})

	It("because it is slow is given up in time", func() {
		p := behind()
		path, s := file(), source(p.URL, engine)
		h := start(path, nil, s)
		collected(h)
		h.stop()
		p.be(hanging)
		s.Timeout = 10 * time.Millisecond
		h = start(path, nil, s)
		nothingVanished(h, "did not answer in time")
	})

	It("because it does not know the token tells that", func() {
		p := behind()
		path := file()
		h := start(path, nil, source(p.URL, engine))
		collected(h)
		h.stop()
		h = start(path, nil, source(p.URL, engine, func(o *vault.Options) { o.Client.Auth.Token = secret.New("hvs.wrong-token") }))
		nothingVanished(h, "Vault does not know the token (403)")
		Expect(h.log.String()).NotTo(ContainSubstring("wrong-token"))
	})

	It("because it limits requests for an hour is asked a few times only", func() {
		p := behind()
		at := fakeclock.NewFakeClock(time.Now())
		s := source(p.URL, engine)
		s.Interval = 5 * time.Minute
		h := start(file(), at, s)
		forward := func(step time.Duration) func() map[string]string {
			return func() map[string]string {
				at.Increment(step)
				return h.placements()
			}
		}
		Eventually(forward(100 * time.Millisecond)).Should(HaveLen(8))
		p.be(refusing(http.StatusTooManyRequests))
		before := p.requests()
		for began := at.Now(); at.Since(began) < time.Hour; {
			next := h.health("v").NextAttempt
			at.Increment(10 * time.Second)
			if !next.After(at.Now()) { // the attempt is due: wait until it was made
				Eventually(func() time.Time { return h.health("v").NextAttempt }).Should(BeTemporally(">", next))
			}
		}
		Expect(p.requests() - before).To(BeNumerically("<", 40))
		nothingVanished(h, "Vault limits the rate of requests (429)")
		Expect(strings.Count(h.log.String(), "(429)")).To(Equal(1), "a reason is logged once")
		p.be(nil)
		Eventually(func() string { at.Increment(time.Minute); return h.health("v").Error }).Should(BeEmpty())
	})

	It("in a half keeps this half as not seen, and sees the other", func() {
		p := behind()
		h := start(file(), nil, source(p.URL, engine))
		collected(h)
		p.be(denying("/metadata/b"))
		Eventually(func() []inventory.Unseen { return h.health("v").Unseen }).ShouldNot(BeEmpty())
		Eventually(func() int { return unseen(h) }).Should(Equal(4))
		Expect(h.placements()).To(HaveLen(8))
		Expect(h.health("v").Error).To(BeEmpty())
		Expect(h.health("v").Items).To(Equal(8))
		for _, e := range h.View().List(catalog.Query{Limit: 100}).Entries {
			if e.Name() == "b" {
				Expect(e.Unverified).To(BeTrue(), "what was not seen does not count as good")
			}
		}
		_, err := server.Client.Logical().Delete(engine + "/metadata/a/a")
		Expect(err).NotTo(HaveOccurred())
		Eventually(h.placements).Should(HaveLen(7))
		p.be(nil)
		Eventually(func() int { return unseen(h) }).Should(BeZero())
		Eventually(h.log.String).Should(ContainSubstring("a part of the source can be seen again"))
	})

	It("in one secret loses nothing but the view of this one", func() {
		p := behind()
		h := start(file(), nil, source(p.URL, engine))
		collected(h)
		server.WriteSecret(engine, "a/b", map[string]any{"list": make([]int, 30_000)})
		Eventually(func() string { return h.placements()[engine+"/a/b"] }).Should(ContainSubstring("more than 20000 values"))
		Expect(h.placements()).To(HaveLen(8))
		Eventually(func() int { return unseen(h) }).Should(Equal(1))
	})
})

// unseen counts the placements that are not seen.
func unseen(h *hub) (count int) {
	for _, reason := range h.placements() {
		if reason != "" {
			count++
		}
	}
	return count
}
