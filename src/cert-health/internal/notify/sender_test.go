package notify_test

import (
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/notify"
	"cert-health/internal/secret"
)

func webhook(url string) notify.Webhook {
	return notify.Webhook{Endpoint: notify.Endpoint{Name: "ops", Target: notify.Target{URL: secret.New(url)}}}
}

var _ = Describe("Sender", func() {
	It("tries again after a failure, and logs only when failures begin and end", func() {
		b, s := newBench(), newStation(500, 503, 429, 408)
		sender := b.run(webhook(s.URL).Sender(b.Context))
		sender.Offer(notice(notify.Opened, "cf"))
		for range 4 {
			b.pass()
		}
		Eventually(s.received, "1m").Should(HaveLen(1))
		Eventually(sender.Stats, "1m").Should(Equal(notify.Stats{Name: "ops", Delivered: 1}))
		Eventually(b.log.Messages, "1m").Should(Equal([]string{
			"warn ops: cannot deliver a notice: the receiver answered 500 Internal Server Error; trying again for 10m0s", "info ops: notices are delivered again"}))
	})

	It("waits as long as the receiver asks", func() {
		var asked atomic.Int32
		busy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if asked.Add(1) == 1 {
				w.Header().Set("Retry-After", "40")
				w.WriteHeader(http.StatusTooManyRequests)
			}
		}))
		DeferCleanup(busy.Close)
		b := newBench()
		sender := b.run(webhook(busy.URL).Sender(b.Context))
		sender.Offer(notice(notify.Opened, "cf"))
		Eventually(b.clock.WatcherCount, "1m").Should(Equal(1))
		b.clock.Increment(40*time.Second - 1)
		Expect(b.clock.WatcherCount()).To(Equal(1))
		b.clock.Increment(1)
		Eventually(func() uint64 { return sender.Stats().Delivered }, "1m").Should(BeEquivalentTo(1))
	})

	It("drops a notice after the deadline, counts it, and continues with the next", func() {
		b, s := newBench(), newStation(500, 500, 500)
		b.Delivery.GiveUpAfter = 2 * time.Minute
		sender := b.run(webhook(s.URL).Sender(b.Context))
		sender.Offer(notice(notify.Opened, "first"))
		sender.Offer(notice(notify.Opened, "second"))
		b.pass()
		b.pass()
		Eventually(s.received, "1m").Should(HaveExactElements(ContainSubstring(`"deployment":"second"`)))
		Expect(sender.Stats().Dropped).To(BeEquivalentTo(1))
		Expect(b.log.Messages()).To(ContainElement(HavePrefix("error ops: a notice is lost: a notice was not accepted: the receiver answered 500")))
	})

	DescribeTable("does not repeat a notice that is rejected",
		func(status int, said string) {
			b, s := newBench(), newStation(status)
			sender := b.run(webhook(s.URL).Sender(b.Context))
			sender.Offer(notice(notify.Opened, "cf"))
			Eventually(func() uint64 { return sender.Stats().Dropped }, "1m").Should(BeEquivalentTo(1))
			Eventually(b.log.Messages, "1m").Should(ContainElement(ContainSubstring(said)))
		},
		Entry("not found", 404, "the receiver answered 404 Not Found"),
		Entry("a redirect, which would get the credentials", 302, "the receiver answered 302 Found: set url to the address to which it redirects"),
	)

	It("drops the oldest notice when its receiver does not answer, never waits, and counts correctly", func() {
		arrived, release := make(chan struct{}, 100), make(chan struct{})
		hanging := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { arrived <- struct{}{}; <-release }))
		DeferCleanup(hanging.Close)
		b := newBench()
		sender := b.run(webhook(hanging.URL).Sender(b.Context))
		sender.Offer(notice(notify.Opened, "in flight"))
		Eventually(arrived, "1m").Should(Receive())
		for n := range 50 {
			sender.Offer(notice(notify.Opened, fmt.Sprint(n)))
		}
		Expect(sender.Stats()).To(Equal(notify.Stats{Name: "ops", Dropped: 47, Queued: 3}))
		close(release)
		Eventually(sender.Stats, "1m").Should(Equal(notify.Stats{Name: "ops", Dropped: 47, Delivered: 4}))
		Expect(b.log.Messages()).To(HaveLen(1), "not a line for each")
	})

	It("shows no URL, header or password in any failure", func() {
		quoting := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.Error(w, "cannot POST "+r.URL.Path, http.StatusForbidden)
		}))
		DeferCleanup(quoting.Close)
		gone := httptest.NewServer(nil)
		gone.Close()
		for _, address := range []string{quoting.URL, gone.URL, "https" + strings.TrimPrefix(quoting.URL, "http"), "http://no.such.host.invalid"} {
			b := newBench()
			b.Delivery.GiveUpAfter = 0
			w := webhook(address + "/services/s3cr3t")
			w.Headers = map[string]secret.Value{"X-Key": secret.New("s3cr3t")}
			w.BasicAuth = notify.BasicAuth{Username: "u", Password: secret.New("s3cr3t")}
			sender := b.run(w.Sender(b.Context))
			sender.Offer(notice(notify.Opened, "cf"))
			Eventually(b.log.Messages, "20s").ShouldNot(BeEmpty(), address)
			Expect(fmt.Sprintf("%v %+v %#v", b.log.Messages(), w, w)).NotTo(ContainSubstring("s3cr3t"))
		}
	})

	It("trusts only the configured CA, and sends credentials to no other server", func() {
		s := newStation()
		secure := httptest.NewTLSServer(s)
		DeferCleanup(secure.Close)
		w := webhook(secure.URL)
		w.CACert = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: secure.Certificate().Raw}))
		w.Headers = map[string]secret.Value{"X-Key": secret.New("k")}
		w.BasicAuth = notify.BasicAuth{Username: "u", Password: secret.New("p")}
		b := newBench()
		b.run(w.Sender(b.Context)).Offer(notice(notify.Opened, "cf"))
		Eventually(s.received, "1m").Should(HaveLen(1))
		Expect(s.heads[0]).To(And(HaveKeyWithValue("X-Key", []string{"k"}), HaveKeyWithValue("Authorization", []string{"Basic dTpw"})))
	})

	It("accepts only its classes, and no notice of kind Refreshed", func() {
		b, s := newBench(), newStation()
		w := webhook(s.URL)
		w.Classes = []string{"expired"}
		sender := b.run(w.Sender(b.Context))
		drift := notice(notify.Opened, "cf")
		drift.Class = "drift"
		sender.Offer(drift)
		sender.Offer(notice(notify.Refreshed, "cf"))
		sender.Offer(notice(notify.Opened, "last"))
		Eventually(s.received, "1m").Should(HaveExactElements(ContainSubstring(`"deployment":"last"`)))
	})
})
