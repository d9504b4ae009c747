package db_test

import (
	"context"
	"log/slog"
	"os"
	"strings"
	"testing/fstest"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/pressly/goose/v3"

	"cert-health/hub/internal/db"
	"cert-health/hub/internal/inventory"
)

// migrateFirst migrates as a hub does that knows the first migration only.
func migrateFirst(address string, d *db.DB) error {
	dialect := goose.DialectPostgres
	if strings.HasPrefix(address, "sqlite:") {
		dialect = goose.DialectSQLite3
	}
	first, err := os.ReadFile("migrations/00001_first.sql")
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(dialect, d.SQL(), fstest.MapFS{"00001_first.sql": {Data: first}},
		goose.WithSlog(slog.New(slog.DiscardHandler)), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	_, err = provider.Up(context.Background())
	return err
}

var _ = Describe("a hub of the release before", func() {
	for _, p := range places() {
		Context("in "+p.name, func() {
			ctx := context.Background()
			var address string
			var old *db.DB
			unpruned := health("v") // a collection without a time prunes nothing
			unpruned.LastAttempt = time.Time{}
			BeforeEach(func() {
				address = p.url()
				old = value(db.Open(ctx, address, logger()))
				DeferCleanup(old.Close)
				Expect(migrateFirst(address, old)).To(Succeed())
				Expect(old.SaveCollection(ctx, db.Saved{Source: unpruned, Items: []inventory.Stored{item("v", "a", "1")}})).To(Succeed())
			})

			It("leaves its database to the next release, with all that is in it", func() {
				before := value(old.Load(ctx))
				Expect(old.Ready(ctx)).To(MatchError(ContainSubstring("run cert-health-hub migrate")), "this release has more tables")
				next := open(address)
				Expect(next.Ready(ctx)).To(Succeed())
				Expect(value(next.Load(ctx))).To(Equal(before))
				Expect(follow(next, 0).Whole).To(BeTrue())
			})

			It("works beside one of the next release, and starts again", func() {
				next := open(address)
				Expect(next.SaveReport(ctx, reported("0", 1))).To(Succeed())
				fleet := follow(next, 0)
				sequence := value(next.Load(ctx)).Sequence
				Expect(migrateFirst(address, old)).To(Succeed(), "it starts again with the tables of the next release")
				Expect(old.SaveCollection(ctx, db.Saved{Source: unpruned, Items: []inventory.Stored{item("v", "b", "1")}, Gone: []string{"a"}})).To(Succeed())
				Expect(old.AddEvent(ctx, db.Event{At: noon, Text: "beside"})).To(Succeed())
				changed := value(next.Since(ctx, sequence))
				Expect(changed.Items).To(Equal([]inventory.Stored{item("v", "b", "1")}))
				Expect(changed.Gone.Items).To(HaveLen(1))
				Expect(next.SavePulses(ctx, []inventory.Pulse{{Key: keys("0")[0], At: noon.Add(time.Hour)}})).To(Succeed())
				Expect(value(old.Load(ctx)).Items).To(HaveLen(1))
				Expect(db.PruneCatalog(ctx, old, noon.Add(48*time.Hour))).To(Succeed())
				Expect(db.PruneCatalog(ctx, old, noon.Add(96*time.Hour))).To(Succeed())
				Expect(follow(next, fleet.Sequence)).To(And(HaveField("Whole", false), HaveField("Pulses", HaveLen(1))), "it prunes nothing of the fleet")
				Expect(next.Migrate(ctx)).To(Succeed())
			})
		})
	}
})
