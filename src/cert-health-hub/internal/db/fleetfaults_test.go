package db_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/db"
	"cert-health/hub/internal/inventory"
)

var _ = Describe("changes of the fleet", func() {
	for _, p := range places() {
		It("are told to those who follow the fleet, and to no others, in "+p.name, func() {
			d := open(p.url())
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			fleet, catalog := d.FleetChanges(ctx), d.Changes(ctx)
			for count := range uint64(50) {
				Expect(d.SaveReport(ctx, reported("0", count+1))).To(Succeed())
			}
			Expect(d.SaveCollection(ctx, db.Saved{Source: health("v")})).To(Succeed())
			Eventually(catalog, time.Minute).Should(Receive(Equal(value(d.Sequence(ctx)))), "it hears of none of the fifty")
			Eventually(fleet, time.Minute).Should(Receive(Equal(follow(d, 0).Sequence)))
			cancel()
			Eventually(fleet, time.Minute).Should(BeClosed())
		})

		It("come to another hub that shares the database, in "+p.name, func() {
			address := p.url()
			d, other := open(address), open(address)
			Expect(d.SaveReport(context.Background(), reported("0", 1))).To(Succeed())
			sequence := follow(other, 0).Sequence
			Expect(d.RemoveInstances(context.Background(), keys("0"))).To(Succeed())
			Expect(follow(other, sequence).Gone).To(Equal(keys("0")))
		})

		It("of ten thousand instances are read one at a time, in "+p.name, func() {
			d, ctx, random := open(p.url()), context.Background(), make([]byte, 10<<10)
			_, _ = rand.Read(random)
			Expect(d.SaveReport(ctx, db.StoredReport{Reporting: reported("0", 1).Reporting, Report: random})).To(Succeed())
			// The copies have names of their own, also within the JSON.
			_, err := d.SQL().Exec(`WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 9999)
				INSERT INTO reports SELECT 'cf/cell/' || n, replace(head, 'cf/cell/0', 'cf/cell/' || n), report, gone, removed, seq FROM n, reports`)
			Expect(err).NotTo(HaveOccurred())
			count, before := 0, heap()
			fleet, err := d.FleetSince(ctx, 0, func(r db.StoredReport) error {
				Expect(r.Report).To(HaveLen(len(random)))
				if count++; count == 9000 {
					Expect(heap()).To(BeNumerically("<", before+(30<<20)), "of 90 MB")
				}
				return nil
			})
			Expect(err).NotTo(HaveOccurred())
			Expect(fleet.Whole).To(BeTrue())
			Expect(count).To(Equal(10_000))
		})

		It("are thousands of heartbeats at once, and one number, in "+p.name, func() {
			d, ctx, pulses := open(p.url()), context.Background(), []inventory.Pulse{}
			for i := range 1001 {
				Expect(d.SaveReport(ctx, reported(fmt.Sprint(i), 1))).To(Succeed())
				pulses = append(pulses, inventory.Pulse{Key: keys(fmt.Sprint(i))[0], At: noon.Add(time.Hour), Scanned: noon})
			}
			sequence := follow(d, 0).Sequence
			Expect(d.SavePulses(ctx, pulses)).To(Succeed())
			since := follow(d, sequence)
			Expect(since.Sequence).To(Equal(sequence + 1))
			Expect(since.Reports).To(BeEmpty())
			Expect(since.Pulses).To(ConsistOf(pulses))
		})

		It("of many agents at once are saved together, and each agent has its answer, in "+p.name, func() {
			d, ctx := open(p.url()), context.Background()
			Expect(d.SaveReport(ctx, reported("0", 2))).To(Succeed())
			before := follow(d, 0).Sequence
			const agents = 100
			var saving sync.WaitGroup
			errs := make([]error, agents)
			for i := range agents {
				saving.Go(func() { errs[i] = d.SaveReport(ctx, reported(fmt.Sprint(i), 1)) })
			}
			saving.Wait()
			Expect(errs[0]).To(MatchError(db.ErrOlder))
			Expect(errs[0]).To(MatchError(HavePrefix("save report of cf/cell/0: ")))
			for _, err := range errs[1:] {
				Expect(err).NotTo(HaveOccurred())
			}
			all := follow(d, before)
			Expect(all.Reports).To(HaveLen(agents - 1))
			Expect(all.Reports).To(HaveKeyWithValue(keys("99")[0], reported("99", 1)))
		})

		It("of one agent come in their order, whatever comes at once, in "+p.name, func() {
			d, ctx := open(p.url()), context.Background()
			var saving sync.WaitGroup
			errs := make([]error, 30)
			for i := range errs {
				saving.Go(func() {
					errs[i] = d.SaveReport(ctx, reported("0", uint64(i)))
				})
			}
			saving.Wait()
			Expect(errs[29]).NotTo(HaveOccurred())
			for _, err := range errs {
				Expect(err).To(Or(BeNil(), MatchError(db.ErrOlder)))
			}
			last := value(d.Report(ctx, keys("0")[0]))
			Expect(last.Sequence.Count).To(Equal(uint64(29)))
		})

		It("do not end because another agent hangs up, in "+p.name, func() {
			d := open(p.url())
			var saving sync.WaitGroup
			for i := range 30 {
				ctx, cancel := context.WithCancel(context.Background())
				saving.Go(func() { _ = d.SaveReport(ctx, reported("0", uint64(i+1))) })
				saving.Go(cancel)
			}
			Expect(d.SaveReport(context.Background(), reported("1", 1))).To(Succeed())
			saving.Wait()
			ended, cancel := context.WithCancel(context.Background())
			cancel()
			Expect(d.SaveReport(ended, reported("2", 1))).To(MatchError(context.Canceled))
			Expect(d.SaveReport(context.Background(), reported("2", 1))).To(Succeed())
		})

		// The database that is put back knows neither the new digests nor the new sequences.
		It("come again as whole reports after an old backup was put back, in "+p.name, func() {
			address, ctx := p.url(), context.Background()
			old := open(address)
			Expect(old.SaveReport(ctx, reported("0", 1))).To(Succeed())
			backup := open(copied(address))
			Expect(old.SaveReport(ctx, reported("0", 5))).To(Succeed())
			Expect(old.SaveReport(ctx, reported("1", 3))).To(Succeed())
			before := follow(old, 0)
			restored := follow(backup, before.Sequence)
			Expect(restored.Whole).To(BeTrue(), "a hub that knew more begins anew")
			Expect(restored.Reports).To(Equal(map[inventory.InstanceKey]db.StoredReport{keys("0")[0]: reported("0", 1)}))
			// The heartbeats of both agents name digests that are not known, so that they send all again.
			Expect(backup.SaveReport(ctx, reported("0", 5))).To(Succeed())
			Expect(backup.SaveReport(ctx, reported("1", 3))).To(Succeed())
			Expect(follow(backup, 0).Reports).To(Equal(before.Reports))
		})
	}

	It("fail with the words of every other change", func() {
		path := filepath.Join(GinkgoT().TempDir(), "hub.db")
		d, other, ctx := open("sqlite:"+path), open("sqlite:"+path), context.Background()
		Expect(d.SaveReport(ctx, reported("0", 1))).To(Succeed())
		tx := value(other.SQL().Begin())
		locked := "another process holds the lock of " + path + "; end it, or wait until it is done"
		Expect(d.SaveReport(ctx, reported("0", 2))).To(MatchError("save report of cf/cell/0: " + locked))
		Expect(d.SavePulses(ctx, []inventory.Pulse{{Key: keys("0")[0], At: noon.Add(time.Hour)}})).To(MatchError("save heartbeats: " + locked))
		Expect(follow(d, 0).Reports).To(HaveLen(1), "readers do not wait")
		Expect(tx.Rollback()).To(Succeed())
		d.SQL().SetMaxOpenConns(1) // the pragma is one of the connection
		_, err := d.SQL().Exec("PRAGMA max_page_count=1")
		Expect(err).NotTo(HaveOccurred())
		full := reported("0", 2)
		full.Report = []byte(strings.Repeat("x", 1<<20))
		Expect(d.SaveReport(ctx, full)).To(MatchError(ContainSubstring("there is no room for " + path)))
		Expect(value(d.Report(ctx, full.Key))).To(Equal(reported("0", 1)))
	})

	It("need the tables of this release", func() {
		d, ctx := open(inFile()), context.Background()
		_, err := d.SQL().Exec("DELETE FROM counters WHERE name = 'fleet'")
		Expect(err).NotTo(HaveOccurred())
		Expect(d.Ready(ctx)).To(MatchError("ask database: its tables are those of an older release; run cert-health-hub migrate"))
	})
})

// heap is how many bytes are in use.
func heap() uint64 {
	runtime.GC()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	return memory.HeapAlloc
}

// copied copies a database as a backup does.
func copied(address string) (backup string) {
	GinkgoHelper()
	if strings.HasPrefix(address, "sqlite:") {
		path := filepath.Join(GinkgoT().TempDir(), "copy.db")
		_, err := open(address).SQL().Exec("VACUUM INTO '" + path + "'")
		Expect(err).NotTo(HaveOccurred())
		return "sqlite:" + path
	}
	backup = inPostgres()
	to := open(backup)
	for _, table := range []string{"counters", "reports", "pulses"} {
		rows, err := open(address).SQL().Query("SELECT row_to_json(t)::text FROM " + table + " t")
		Expect(err).NotTo(HaveOccurred())
		_, err = to.SQL().Exec("DELETE FROM " + table)
		Expect(err).NotTo(HaveOccurred())
		for rows.Next() {
			var row string
			Expect(rows.Scan(&row)).To(Succeed())
			_, err = to.SQL().Exec("INSERT INTO "+table+" SELECT * FROM json_populate_record(NULL::"+table+", $1::json)", row)
			Expect(err).NotTo(HaveOccurred())
		}
		Expect(rows.Err()).NotTo(HaveOccurred())
	}
	return backup
}
