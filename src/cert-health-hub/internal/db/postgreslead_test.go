package db_test

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/db"
)

var _ = Describe("one leader of several hubs", func() {
	ctx := context.Background()
	var address string
	var d, other *db.DB
	BeforeEach(func() { address = inPostgres(); d, other = open(address), open(address) })

	// lead waits until a hub leads.
	lead := func(hub *db.DB, ctx context.Context) (term context.Context, end func()) {
		GinkgoHelper()
		Eventually(func() (ok bool) { term, end, ok = hub.Lead(ctx); return ok }, time.Minute).Should(BeTrue())
		DeferCleanup(func() { end() })
		return term, end
	}
	ended := func(term context.Context) {
		GinkgoHelper()
		Eventually(term.Done(), time.Minute).Should(BeClosed())
	}

	It("leads until its context ends and its work is done", func() {
		leading, cancel := context.WithCancel(ctx)
		term, end := lead(d, leading)
		_, _, ok := other.Lead(ctx)
		Expect(ok).To(BeFalse())
		cancel()
		ended(term)
		Expect(d.SaveNotices(context.WithoutCancel(term), "r", nil)).To(Succeed(), "no other hub leads yet")
		_, _, ok = other.Lead(ctx)
		Expect(ok).To(BeFalse())
		end()
		next, _ := lead(other, ctx)
		Expect(next.Err()).NotTo(HaveOccurred())
	})

	It("knows when its connection is lost, and another one leads", func() {
		term, _ := lead(d, ctx)
		Expect(server.Exec(ctx, "postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '"+name(address)+"'")).To(Succeed())
		ended(term)
		next, _ := lead(other, ctx)
		Expect(next.Err()).NotTo(HaveOccurred())
	})

	It("writes nothing when another one leads, although it does not know that yet", func() {
		old, _ := lead(d, ctx)
		still := context.WithoutCancel(old) // as in a process that stood still
		Expect(d.SaveNotices(still, "r", []db.Notice{{Key: "a"}})).To(Succeed())
		Expect(server.Exec(ctx, name(address), "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")).To(Succeed())
		next, _ := lead(other, ctx)
		for _, err := range []error{d.SaveNotices(still, "r", nil), d.SaveCollection(still, db.Saved{Source: health("v")}), d.RemoveSource(still, "v")} {
			Expect(err).To(MatchError(db.ErrNotLeading))
		}
		Expect(d.Notices(ctx, "r")).To(HaveLen(1))
		Expect(d.AddEvent(ctx, db.Event{})).To(Succeed(), "what every hub may write is written")
		Expect(other.SaveNotices(next, "r", nil)).To(Succeed())
	})
})
