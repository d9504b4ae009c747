package collect_test

import (
	"errors"
	"log/slog"
	"time"

	"code.cloudfoundry.org/clock/fakeclock"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/collect"
	"cert-health/hub/internal/db"
	"cert-health/hub/internal/db/dbtest"
)

var _ = Describe("several hubs on one database", func() {
	It("have one that collects, and all show what it collects", func(SpecContext) {
		postgres, err := dbtest.Start(ctx)
		if errors.Is(err, dbtest.ErrNotInstalled) {
			Skip(err.Error())
		}
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(postgres.Close)
		url, err := postgres.NewDatabase(ctx)
		Expect(err).NotTo(HaveOccurred())
		open := func() *db.DB {
			store, err := db.Open(ctx, url, slog.New(slog.DiscardHandler))
			Expect(err).NotTo(HaveOccurred())
			Expect(store.Migrate(ctx)).To(Succeed())
			DeferCleanup(store.Close)
			return store
		}
		one, two := showing("x"), showing("x")
		clocks := []*fakeclock.FakeClock{fakeclock.NewFakeClock(time.Now()), fakeclock.NewFakeClock(time.Now())}
		running := func(hub *hub, at *fakeclock.FakeClock) func() int {
			return func() int {
				at.Increment(time.Second)
				return len(hub.placements())
			}
		}
		leader := startOn(open(), clocks[0], named("s", one))
		Eventually(running(leader, clocks[0])).Should(Equal(1))
		follower := startOn(open(), clocks[1], named("s", two))
		Eventually(running(follower, clocks[1])).Should(Equal(1))
		Eventually(func() error {
			clocks[1].Increment(time.Second)
			return follower.Refresh("s")
		}).Should(MatchError(collect.ErrFollows))
		Expect(follower.RefreshAll()).To(MatchError(collect.ErrFollows))
		Expect(leader.Leading()).To(BeTrue())
		Expect(follower.Leading()).To(BeFalse())
		Expect(two.calls.Load()).To(BeZero())

		leader.stop()
		before := one.calls.Load()
		Eventually(func() int64 {
			clocks[1].Increment(time.Second)
			return two.calls.Load()
		}).Should(BeNumerically(">", 0))
		Expect(follower.Leading()).To(BeTrue())
		Expect(one.calls.Load()).To(Equal(before))
	}, NodeTimeout(2*time.Minute))
})
