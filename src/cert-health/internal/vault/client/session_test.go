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

	"cert-health/internal/cert"
	"cert-health/internal/vault/client"
)

var _ = Describe("staying logged in", func() {
	var (
		a        approle
		secretID string
		o        client.Options
		clock    *clock
		p        *proxy
		answer   atomic.Pointer[func(http.ResponseWriter, *http.Request) bool]
	)
	answering := func(f func(http.ResponseWriter, *http.Request) bool) { answer.Store(&f) }
	refusing := func(status int, suffix string) {
		answering(func(w http.ResponseWriter, r *http.Request) bool {
			if !hasSuffix(r, suffix) {
				return false
			}
			w.WriteHeader(status)
			return true
		})
	}
	BeforeEach(func() {
		a = newAppRole(nil)
		secretID = a.secretID(nil)
		answering(passing)
		p = behind(func(w http.ResponseWriter, r *http.Request) bool { return (*answer.Load())(w, r) })
		o, clock = ticking(a.with(secretID))
		o = p.through(o)
	})
	// read reads 50 paths at once; none of them exists.
	read := func(ctx context.Context, c *client.Client) (problems []string) {
		var mutex sync.Mutex
		var paths []string
		for i := range 50 {
			paths = append(paths, fmt.Sprint(i))
		}
		c.Each(ctx, paths, func(_ int, path string) error {
			_, err := c.ReadMetadata(ctx, client.Mount{Path: "secret/", Version: 2}, path)
			if client.Is(err, client.NotFound) {
				return nil
			}
			return err
		}, func(_, reason string) {
			mutex.Lock()
			defer mutex.Unlock()
			problems = append(problems, reason)
		})
		return problems
	}

	It("renews the token at two thirds of its lifetime, and logs in if that fails", func() {
		c := newClient(o)
		Expect(c.Authenticate(ctx)).To(Succeed())
		clock.advance(41 * time.Minute)
		Expect(c.Authenticate(ctx)).To(Succeed())
		Expect(p.seen("/renew-self")).To(Equal(1))
		Expect(p.seen("/login")).To(Equal(1))
		revokeAll(a.mount)
		clock.advance(41 * time.Minute)
		Expect(c.Authenticate(ctx)).To(Succeed())
		Expect(p.seen("/renew-self")).To(Equal(2))
		Expect(p.seen("/login")).To(Equal(2))
		Expect(read(ctx, c)).To(BeEmpty())
	})

	It("logs in at two thirds of the lifetime if the token cannot be renewed", func() {
		a = newAppRole(map[string]any{"token_type": "batch"})
		o.Auth = a.with(a.secretID(nil))
		c := newClient(o)
		Expect(c.Authenticate(ctx)).To(Succeed())
		clock.advance(41 * time.Minute)
		Expect(c.Authenticate(ctx)).To(Succeed())
		Expect(p.seen("/renew-self")).To(BeZero())
		Expect(p.seen("/login")).To(Equal(2))
	})

	It("keeps a valid token while Vault cannot renew it", func() {
		c := newClient(o)
		Expect(c.Authenticate(ctx)).To(Succeed())
		clock.advance(41 * time.Minute)
		refusing(http.StatusServiceUnavailable, "/renew-self")
		Expect(c.Authenticate(ctx)).To(Succeed())
		Expect(p.seen("/login")).To(Equal(1))
		answering(passing)
		Expect(c.Authenticate(ctx)).To(Succeed())
		Expect(p.seen("/login")).To(Equal(1))
	})

	It("works with a valid token when renewal and log-in fail, and reports when it ends", func() {
		c := newClient(o)
		Expect(c.Authenticate(ctx)).To(Succeed())
		began := clock.Now()
		a.destroy(secretID)
		refusing(http.StatusForbidden, "/renew-self")
		clock.advance(41 * time.Minute)
		Expect(c.Authenticate(ctx)).To(Succeed())
		Expect(read(ctx, c)).To(BeEmpty())
		refusal := a.said(noSuchSecretID + anyReason + deployNew)
		Expect(c.Credentials()).To(Equal([]cert.Credential{{
			Name: "the agent's Vault token", NotBefore: began, NotAfter: began.Add(time.Hour), Remedy: refusal,
		}}))
		clock.advance(time.Hour)
		says(o, c, c.Authenticate(ctx), refusal)
	})

	It("detects a revoked token", func() {
		c := newClient(o)
		Expect(c.Authenticate(ctx)).To(Succeed())
		revokeAll(a.mount)
		a.destroy(secretID)
		clock.advance(41 * time.Minute)
		says(o, c, c.Authenticate(ctx), a.said(noSuchSecretID+anyReason+deployNew))
	})

	It("keeps the end of the secret id after a log-in that could not ask", func() {
		o.Auth = a.with(a.secretID(map[string]any{"ttl": "9h"}))
		o.MaxRetries = -1
		c := newClient(o)
		Expect(c.Authenticate(ctx)).To(Succeed())
		known := c.Credentials()
		Expect(known).To(HaveLen(1))
		revokeAll(a.mount)
		clock.advance(41 * time.Minute)
		refusing(http.StatusServiceUnavailable, "/secret-id/lookup")
		Expect(c.Authenticate(ctx)).To(Succeed())
		Expect(c.Credentials()).To(Equal(known))
	})

	It("logs in once when many requests find the token revoked", func() {
		c := newClient(o)
		Expect(c.Authenticate(ctx)).To(Succeed())
		Expect(read(ctx, c)).To(BeEmpty())
		revokeAll(a.mount)
		Expect(read(ctx, c)).To(BeEmpty())
		Expect(p.seen("/login")).To(Equal(2))
	})

	It("tries once when many requests find the token revoked and the log-in fails, and all return the reason", func() {
		c := newClient(o)
		Expect(c.Authenticate(ctx)).To(Succeed())
		revokeAll(a.mount)
		a.destroy(secretID)
		before := c.Requests()
		problems := read(ctx, c)
		Expect(problems).To(HaveLen(50))
		Expect(problems).To(HaveEach(a.said(noSuchSecretID + anyReason + deployNew)))
		Expect(p.seen("/login")).To(Equal(2))
		// Each worker finds out once; then nothing more is sent.
		Expect(c.Requests() - before).To(BeNumerically("<=", client.DefaultConcurrency+1))
	})

	It("tries once when Vault is sealed", func() {
		o.MaxRetries = -1
		c := newClient(o)
		Expect(c.Authenticate(ctx)).To(Succeed())
		revokeAll(a.mount)
		refusing(http.StatusServiceUnavailable, "/login")
		Expect(read(ctx, c)).To(HaveLen(50))
		Expect(p.seen("/login")).To(Equal(2))
		answering(passing)
		clock.advance(client.MaxAwayPause)
		Expect(read(ctx, c)).To(BeEmpty())
	})

	It("stops logging in when Vault does not know the tokens that it issued", func() {
		a = newAppRole(map[string]any{"token_num_uses": 1}) // looking up the secret id is one use
		o.Auth = a.with(a.secretID(nil))
		c := newClient(o)
		Expect(c.Authenticate(ctx)).To(Succeed())
		problems := read(ctx, c)
		Expect(problems).To(HaveLen(50))
		Expect(problems).To(HaveEach(isUnknown + "it was revoked, or has expired: check whether the role limits the uses of its tokens (token_num_uses), and who revokes them"))
		Expect(p.seen("/login")).To(Equal(2))
	})

	It("waits longer after each rejection, at most a quarter of an hour", func() {
		a.destroy(secretID)
		c := newClient(o)
		tried, refusal := 0, a.said(noSuchSecretID+anyReason+deployNew)
		for failures := range 4 { // a fifth would lock the role
			says(o, c, c.Authenticate(ctx), refusal)
			tried++
			Expect(p.seen("/login")).To(Equal(tried))
			clock.advance(time.Second<<failures/2 - time.Millisecond)
			says(o, c, c.Authenticate(ctx), refusal)
			Expect(p.seen("/login")).To(Equal(tried))
			clock.advance(time.Second << failures)
		}
		for failures := range 64 {
			pause := client.LoginPause(failures, client.MaxLoginPause)
			bound := min(time.Second<<min(failures, 20), client.MaxLoginPause)
			Expect(pause).To(And(BeNumerically(">=", bound/2), BeNumerically("<", bound)))
		}
	})

	It("waits at most half a minute while Vault is unreachable", func() {
		o.MaxRetries = -1
		refusing(http.StatusServiceUnavailable, "/login")
		c := newClient(o)
		for tried := range 20 {
			Expect(client.Is(c.Authenticate(ctx), client.Busy)).To(BeTrue())
			Expect(p.seen("/login")).To(Equal(tried + 1))
			Expect(c.Authenticate(ctx)).NotTo(Succeed())
			Expect(p.seen("/login")).To(Equal(tried+1), "not at once")
			clock.advance(client.MaxAwayPause)
		}
	})

	It("ends with its context, and can be repeated", func() {
		arrived, release := make(chan struct{}), make(chan struct{})
		DeferCleanup(func() { close(release) })
		var once sync.Once
		answering(func(_ http.ResponseWriter, r *http.Request) bool {
			if hasSuffix(r, "/login") {
				once.Do(func() { close(arrived) })
				select {
				case <-release:
				case <-r.Context().Done():
				}
			}
			return false
		})
		c := newClient(o)
		ending, end := context.WithCancel(ctx)
		var group sync.WaitGroup
		errs := make([]error, 8)
		for i := range errs {
			group.Go(func() { errs[i] = c.Authenticate(ending) })
		}
		<-arrived
		Expect(c.Credentials()).To(BeEmpty(), "who asks does not wait for a log-in")
		end()
		group.Wait()
		for _, err := range errs {
			says(o, c, err, HaveSuffix("the request was interrupted"))
		}
		answering(passing)
		Expect(c.Authenticate(ctx)).To(Succeed(), "there is no pause")
	})

	It("logs in for a request without Authenticate", func() {
		c := newClient(o)
		Expect(read(ctx, c)).To(BeEmpty())
		Expect(p.seen("/login")).To(Equal(1))
	})
})
