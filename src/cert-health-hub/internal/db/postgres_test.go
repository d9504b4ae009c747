package db_test

import (
	"context"
	"strings"
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/db"
)

var _ = Describe("a PostgreSQL server", func() {
	ctx := context.Background()
	var address string
	var d *db.DB
	BeforeEach(func() { address = inPostgres(); d = open(address) })

	// cut ends all connections to the database.
	cut := func() {
		GinkgoHelper()
		Expect(server.Exec(ctx, "postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '"+name(address)+"'")).To(Succeed())
	}

	It("whose connections break works on", func() {
		Expect(d.AddEvent(ctx, db.Event{})).To(Succeed())
		cut()
		Eventually(func() error { return d.AddEvent(ctx, db.Event{}) }, time.Minute).Should(Succeed())
		Expect(d.Ready(ctx)).To(Succeed())
	})

	It("that is gone is an error that stays the same, and the hub goes on when it is back", func() {
		following, cancel := context.WithCancel(ctx)
		defer cancel()
		changes := d.Changes(following)
		Expect(d.SaveCollection(ctx, generation(1, issued("a.example.com")))).To(Succeed())
		Eventually(changes, time.Minute).Should(Receive(Equal(value(d.Sequence(ctx)))))
		Expect(server.Stop(ctx)).To(Succeed())
		again := sync.OnceValue(func() error { return server.Start(ctx) })
		DeferCleanup(again)
		gone := HaveSuffix("does not answer; check that it runs and that this machine reaches it")
		Expect(d.Ready(ctx)).To(MatchError(gone))
		Expect(d.SaveCollection(ctx, generation(2, issued("a.example.com")))).To(MatchError(gone))
		_, err := d.Load(ctx)
		Expect(err).To(MatchError(gone))
		_, _, ok := d.Lead(ctx)
		Expect(ok).To(BeFalse())
		Expect(again()).To(Succeed())
		Expect(value(d.Load(ctx)).Items).To(HaveLen(700))
		Expect(d.SaveCollection(ctx, generation(3, issued("a.example.com")))).To(Succeed())
		Eventually(changes, time.Minute).Should(Receive(Equal(value(d.Sequence(ctx)))))
	})

	It("that lets the hub not write keeps its state, and says what to do", func() {
		Expect(d.SaveCollection(ctx, generation(1, issued("a.example.com")))).To(Succeed())
		Expect(server.Exec(ctx, name(address), "CREATE ROLE reader"+name(address)+" LOGIN", "GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader"+name(address))).To(Succeed())
		reader := value(db.Open(ctx, strings.Replace(address, "postgres@", "reader"+name(address)+"@", 1), logger()))
		DeferCleanup(reader.Close)
		Expect(reader.Ready(ctx)).To(Succeed())
		Expect(reader.SaveCollection(ctx, generation(2, issued("a.example.com")))).To(MatchError(HaveSuffix("lets this user not do it; make the user the owner of the database and its tables")))
		Expect(value(d.Load(ctx)).Items[0].Version).To(Equal("1"))
	})

	It("without the database, or with a wrong password, says so and quotes no password", func() {
		for _, other := range []string{strings.Replace(address, name(address), "absent", 1), strings.Replace(address, "postgres@", "someone:hunter2@", 1)} {
			hub := value(db.Open(ctx, other, logger()))
			DeferCleanup(hub.Close)
			err := hub.Ready(ctx)
			Expect(err).To(MatchError(ContainSubstring("correct database.url")))
			Expect(err.Error()).NotTo(ContainSubstring("hunter2"))
		}
	})

	It("that does not answer in time is an error", func() {
		tx := value(d.SQL().Begin())
		defer func() { _ = tx.Rollback() }()
		_, err := tx.Exec("UPDATE counters SET value = value WHERE name = 'change'")
		Expect(err).NotTo(HaveOccurred())
		hurried, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
		defer cancel()
		Expect(d.SaveCollection(hurried, db.Saved{Source: health("v")})).To(MatchError(HaveSuffix("the database did not answer in time; check whether its machine is busy")))
	})
})
