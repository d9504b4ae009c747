package client_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/secret"
	"cert-health/internal/vault/client"
)

var _ = Describe("retries", func() {
	var o client.Options
	BeforeEach(func() { o = options(client.Auth{Token: secret.New(server.Token)}) })
	secret := client.Mount{Path: "secret/", Version: 2}
	paths := func(count int) (paths []string) {
		for i := range count {
			paths = append(paths, fmt.Sprint(i))
		}
		return paths
	}
	// read reads so many paths at once and counts how each ended.
	read := func(ctx context.Context, c *client.Client, count int) (good, busy int, others []string) {
		var mutex sync.Mutex
		c.Each(ctx, paths(count), func(_ int, path string) error {
			_, err := c.ReadMetadata(ctx, secret, path)
			mutex.Lock()
			defer mutex.Unlock()
			switch {
			case client.Is(err, client.NotFound):
				good++
			case client.Is(err, client.Busy):
				busy++
			default:
				others = append(others, err.Error())
			}
			return nil
		}, func(_, reason string) { others = append(others, reason) })
		return good, busy, others
	}
	// every answers each nth request with a status.
	every := func(nth int64, status int, headers ...string) *proxy {
		var asked atomic.Int64
		return behind(func(w http.ResponseWriter, _ *http.Request) bool {
			if asked.Add(1)%nth != 0 {
				return false
			}
			for i := 0; i < len(headers); i += 2 {
				w.Header().Set(headers[i], headers[i+1])
			}
			w.WriteHeader(status)
			return true
		})
	}

	for _, status := range []int{http.StatusTooManyRequests, http.StatusServiceUnavailable, http.StatusInternalServerError, http.StatusBadGateway, http.StatusPreconditionFailed} {
		It(fmt.Sprintf("gets past an answer of %d to each path", status), func() {
			var asked sync.Map
			p := behind(func(w http.ResponseWriter, r *http.Request) bool {
				_, before := asked.LoadOrStore(r.URL.Path, true)
				if !before {
					w.WriteHeader(status)
				}
				return !before
			})
			c := newClient(p.through(o))
			Expect(c.Authenticate(ctx)).To(Succeed())
			good, busy, others := read(ctx, c, 40)
			Expect([]any{good, busy, others}).To(Equal([]any{40, 0, []string(nil)}))
			Expect(c.Requests()).To(Equal(2 * 41))
			Expect(c.Unanswered()).To(BeZero())
		})
	}

	It("end after the maximum for one request", func() {
		p := every(1, http.StatusServiceUnavailable)
		c := newClient(p.through(o))
		_, err := c.List(ctx, secret, "")
		Expect(client.Is(err, client.Busy)).To(BeTrue())
		Expect(p.seen("")).To(Equal(1 + client.DefaultMaxRetries))
		Expect(c.Requests()).To(Equal(1 + client.DefaultMaxRetries))
	})

	It("adds at most a fifth to the load of a busy Vault", func() {
		const count = 200
		p := every(2, http.StatusTooManyRequests)
		c := newClient(p.through(o))
		Expect(c.Authenticate(ctx)).To(Succeed())
		before := c.Requests()
		c.AllowRetries(count / 5)
		good, busy, others := read(ctx, c, count)
		Expect(others).To(BeEmpty())
		Expect(good + busy).To(Equal(count))
		Expect(busy).To(BeNumerically(">", 0))
		Expect(c.Requests() - before).To(BeNumerically("<=", count*6/5))
		c.AllowAllRetries()
		good, _, _ = read(ctx, c, count)
		Expect(good).To(BeNumerically(">", count*9/10))
	})

	It("does not wait beyond its deadline, and returns the answer of Vault", func() {
		p := every(1, http.StatusTooManyRequests, "Retry-After", "50")
		c := newClient(p.through(o))
		ending, end := context.WithTimeout(ctx, 20*time.Second)
		defer end()
		Expect(c.Authenticate(ending)).To(MatchError(HavePrefix("look up the token: Vault limits the rate of requests (429)")))
		Expect(c.Requests()).To(Equal(1))
		Expect(ending.Err()).NotTo(HaveOccurred())
	})

	It("ends with its context at any point", func() {
		o.MaxWait = time.Hour
		waiting := make(chan struct{}, 100)
		p := behind(func(w http.ResponseWriter, r *http.Request) bool {
			if hasSuffix(r, "/lookup-self") {
				return false
			}
			w.Header().Set("Retry-After", "60")
			w.WriteHeader(http.StatusTooManyRequests)
			waiting <- struct{}{}
			return true
		})
		c := newClient(p.through(o))
		Expect(c.Authenticate(ctx)).To(Succeed())
		ending, end := context.WithCancel(ctx)
		go func() {
			defer GinkgoRecover()
			for range client.DefaultConcurrency {
				<-waiting
			}
			end()
		}()
		_, busy, others := read(ending, c, 40)
		Expect(busy).To(Equal(client.DefaultConcurrency))
		Expect(others).To(Equal([]string{"32 paths were not read within cert_health.vault.timeout: raise it, or name fewer paths"}))
	})

	It("looks a token up once for many requests when Vault is too busy", func() {
		o.Now = func() time.Time { return time.Time{}.AddDate(2026, 0, 0) } // it stands still
		p := every(1, http.StatusTooManyRequests)
		c := newClient(p.through(o))
		_, busy, _ := read(ctx, c, 40)
		Expect(busy).To(Equal(40))
		Expect(p.seen("")).To(Equal(1 + client.DefaultMaxRetries))
		Expect(c.Authenticate(ctx)).NotTo(Succeed())
		Expect(p.seen("")).To(Equal(2*(1+client.DefaultMaxRetries)), "the next poll asks again")
	})

	It("does not retry before the first answer", func() {
		o.Address = "https://127.0.0.1:1"
		c := newClient(o)
		Expect(c.Authenticate(ctx)).NotTo(Succeed())
		Expect(c.Requests()).To(Equal(1))
	})

	It("limits the rate, and does not send a request that would miss its deadline", func() {
		o.Rate, o.Concurrency = 0.001, 3
		p := behind(passing)
		c := newClient(p.through(o))
		ending, end := context.WithTimeout(ctx, 30*time.Second)
		defer end()
		good, busy, others := read(ending, c, 20)
		Expect(others).To(BeEmpty())
		Expect(good).To(Equal(2), "one more has looked up the token")
		Expect(busy).To(Equal(18))
		Expect(p.seen("")).To(Equal(3))
		Expect(c.Requests()).To(Equal(3))
		_, err := c.List(ending, secret, "")
		Expect(err).To(MatchError("cert_health.vault.rate delays this request beyond cert_health.vault.timeout: raise one of them"))
	})

	It("limits the rate of retries", func() {
		o.Rate, o.Concurrency = 0.001, 3
		p := every(1, http.StatusServiceUnavailable)
		c := newClient(p.through(o))
		ending, end := context.WithTimeout(ctx, 30*time.Second)
		defer end()
		_, err := c.List(ending, secret, "")
		Expect(client.Is(err, client.Busy)).To(BeTrue())
		Expect(p.seen("")).To(Equal(3))
	})

	It("limits the number of concurrent requests", func() {
		var under, most atomic.Int64
		p := behind(func(http.ResponseWriter, *http.Request) bool {
			now := under.Add(1)
			defer under.Add(-1)
			for {
				before := most.Load()
				if now <= before || most.CompareAndSwap(before, now) {
					return false
				}
			}
		})
		o.Concurrency = 3
		c := newClient(p.through(o))
		good, _, _ := read(ctx, c, 100)
		Expect(good).To(Equal(100))
		Expect(most.Load()).To(BeNumerically("<=", 3))
	})
})
