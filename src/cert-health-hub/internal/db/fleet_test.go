package db_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/db"
	"cert-health/hub/internal/inventory"
	"cert-health/internal/uplink"
)

// reported is a report of an instance of deployment cf, the one of that count.
func reported(instance string, count uint64) db.StoredReport {
	return db.StoredReport{Report: []byte(fmt.Sprint("\x1f\x8b\x00", instance, count)), Reporting: inventory.Reporting{
		Key: inventory.KeyOf("cf", "cell", instance), AZ: "z1", Address: "10.0.0.1", Digest: fmt.Sprint("digest", count),
		Sequence: uplink.Sequence{Boot: "boot", Count: count}, Client: "CN=agent\x00", Peer: "10.0.0.1",
		First: noon, Received: noon.Add(time.Duration(count) * time.Minute)}}
}

func keys(instances ...string) (keys []inventory.InstanceKey) {
	for _, i := range instances {
		keys = append(keys, inventory.KeyOf("cf", "cell", i))
	}
	return keys
}

// followed is what a database tells of its fleet after a change.
type followed struct {
	db.Fleet
	Reports map[inventory.InstanceKey]db.StoredReport
}

func follow(d *db.DB, sequence int64) followed {
	GinkgoHelper()
	f := followed{Reports: map[inventory.InstanceKey]db.StoredReport{}}
	var err error
	f.Fleet, err = d.FleetSince(context.Background(), sequence, func(r db.StoredReport) error {
		Expect(f.Reports).NotTo(HaveKey(r.Key), "it came twice")
		r.Report = bytes.Clone(r.Report)
		f.Reports[r.Key] = r
		return nil
	})
	Expect(err).NotTo(HaveOccurred())
	return f
}

var _ = Describe("the fleet", func() {
	for _, p := range places() {
		Context("in "+p.name, func() {
			var d *db.DB
			ctx := context.Background()
			BeforeEach(func() { d = open(p.url()) })
			save := func(report db.StoredReport) {
				GinkgoHelper()
				Expect(d.SaveReport(ctx, report)).To(Succeed())
			}

			It("begins empty", func() {
				Expect(follow(d, 0)).To(Equal(followed{Fleet: db.Fleet{Whole: true}, Reports: map[inventory.InstanceKey]db.StoredReport{}}))
				_, err := d.Report(ctx, keys("0")[0])
				Expect(err).To(MatchError(db.ErrNotFound))
			})

			It("keeps a report as it was saved, and is alive by it", func() {
				save(reported("0", 1))
				all := follow(d, 0)
				Expect(all.Reports).To(Equal(map[inventory.InstanceKey]db.StoredReport{keys("0")[0]: reported("0", 1)}))
				Expect(all.Pulses).To(Equal([]inventory.Pulse{{Key: keys("0")[0], At: noon.Add(time.Minute)}}))
				Expect(value(d.Report(ctx, keys("0")[0]))).To(Equal(reported("0", 1)))
			})

			It("keeps the newest report only", func() {
				save(reported("0", 2))
				sequence := follow(d, 0).Sequence
				save(reported("0", 2))
				Expect(follow(d, sequence).Sequence).To(Equal(sequence), "the same once more is no change")
				Expect(d.SaveReport(ctx, reported("0", 1))).To(MatchError(db.ErrOlder))
				other := reported("0", 2)
				other.Digest = "another"
				Expect(d.SaveReport(ctx, other)).To(MatchError(db.ErrOlder))
				Expect(follow(d, sequence).Sequence).To(Equal(sequence))
				next := reported("0", 3)
				next.First = noon.Add(time.Hour)
				save(next)
				next.First = noon
				Expect(follow(d, sequence).Reports).To(HaveKeyWithValue(next.Key, next), "the first time stays")
				again := reported("0", 1)
				again.Sequence.Boot = "another"
				save(again)
				Expect(value(d.Report(ctx, again.Key))).To(Equal(again))
			})

			It("tells what changed since", func() {
				for _, i := range []string{"0", "1", "2"} {
					save(reported(i, 1))
				}
				sequence := follow(d, 0).Sequence
				save(reported("1", 2))
				Expect(d.SavePulses(ctx, []inventory.Pulse{{Key: keys("0")[0], At: noon.Add(2 * time.Minute), Scanned: noon}})).To(Succeed())
				Expect(d.RemoveInstances(ctx, keys("2", "absent"))).To(Succeed())
				since := follow(d, sequence)
				Expect(since.Whole).To(BeFalse())
				Expect(since.Reports).To(Equal(map[inventory.InstanceKey]db.StoredReport{keys("1")[0]: reported("1", 2)}))
				Expect(since.Pulses).To(ConsistOf(inventory.Pulse{Key: keys("0")[0], At: noon.Add(2 * time.Minute), Scanned: noon},
					inventory.Pulse{Key: keys("1")[0], At: noon.Add(2 * time.Minute)}))
				Expect(since.Gone).To(Equal(keys("2")))
				Expect(follow(d, since.Sequence)).To(Equal(followed{Fleet: db.Fleet{Sequence: since.Sequence}, Reports: map[inventory.InstanceKey]db.StoredReport{}}))
				whole := follow(d, 0)
				Expect(whole.Whole).To(BeTrue())
				Expect(whole.Reports).To(HaveLen(2))
				Expect(whole.Gone).To(BeEmpty())
				Expect(follow(d, since.Sequence+1).Whole).To(BeTrue(), "the number is that of another database")
			})

			It("changes nothing of what the catalog shows", func() {
				sequence := value(d.Sequence(ctx))
				save(reported("0", 1))
				Expect(d.SavePulses(ctx, []inventory.Pulse{{Key: keys("0")[0], At: noon}})).To(Succeed())
				Expect(value(d.Sequence(ctx))).To(Equal(sequence))
			})

			It("keeps the newest sign of life", func() {
				save(reported("0", 1))
				pulse := func(at, scanned time.Time) inventory.Pulse {
					GinkgoHelper()
					Expect(d.SavePulses(ctx, []inventory.Pulse{{Key: keys("0")[0], At: at, Scanned: scanned}, {Key: keys("absent")[0], At: at}})).To(Succeed())
					pulses := follow(d, 0).Pulses
					Expect(pulses).To(HaveLen(1))
					return pulses[0]
				}
				later := noon.Add(time.Hour)
				Expect(pulse(later, noon)).To(Equal(inventory.Pulse{Key: keys("0")[0], At: later, Scanned: noon}))
				Expect(pulse(later.Add(-time.Minute), later).At).To(Equal(later), "another hub was late")
				Expect(pulse(later.Add(time.Second), time.Time{}).Scanned).To(Equal(noon))
				Expect(pulse(noon, noon).At).To(Equal(noon), "the clock was set back")
				Expect(d.SavePulses(ctx, nil)).To(Succeed())
				Expect(d.SavePulses(ctx, []inventory.Pulse{{Key: keys("0")[0], At: later}, {Key: keys("0")[0], At: noon.Add(time.Minute)}})).To(Succeed())
				Expect(follow(d, 0).Pulses[0].At).To(Equal(later))
			})

			It("marks instances that the Director no longer lists", func() {
				save(reported("0", 1))
				save(reported("1", 1))
				sequence := follow(d, 0).Sequence
				Expect(d.MarkGone(ctx, keys("1", "absent"), noon)).To(Succeed())
				Expect(d.MarkGone(ctx, keys("1"), noon.Add(time.Hour))).To(Succeed())
				Expect(follow(d, sequence).Reports).To(And(HaveLen(1), HaveKeyWithValue(keys("1")[0], HaveField("Gone", noon))), "since the first time")
				Expect(d.MarkGone(ctx, keys("1"), time.Time{})).To(Succeed())
				Expect(value(d.Report(ctx, keys("1")[0])).Gone).To(BeZero())
				Expect(d.MarkGone(ctx, keys("1"), noon)).To(Succeed())
				save(reported("1", 2))
				Expect(value(d.Report(ctx, keys("1")[0])).Gone).To(BeZero(), "it reports again")
			})

			It("takes a report of an instance that was removed, whatever its sequence", func() {
				save(reported("0", 2))
				Expect(d.RemoveInstances(ctx, keys("0"))).To(Succeed())
				_, err := d.Report(ctx, keys("0")[0])
				Expect(err).To(MatchError(db.ErrNotFound))
				again := reported("0", 1)
				again.First = time.Time{}
				save(again)
				again.First = again.Received
				Expect(follow(d, 0).Reports).To(HaveKeyWithValue(again.Key, again))
			})

			It("forgets what was removed after some days", func() {
				save(reported("0", 1))
				save(reported("1", 1))
				first := follow(d, 0).Sequence
				Expect(d.RemoveInstances(ctx, keys("0"))).To(Succeed())
				Expect(d.Prune(ctx, noon)).To(Succeed())
				Expect(follow(d, first).Gone).To(Equal(keys("0")))
				Expect(d.Prune(ctx, noon)).To(Succeed())
				Expect(follow(d, first).Whole).To(BeTrue())
				Expect(follow(d, first).Reports).To(HaveLen(1))
			})

			It("ends with the error of who reads it", func() {
				save(reported("0", 1))
				refused := errors.New("the reader is full")
				_, err := d.FleetSince(ctx, 0, func(db.StoredReport) error { return refused })
				Expect(err).To(BeIdenticalTo(refused))
			})

			It("refuses a name that no instance can have", func() {
				report := reported("0\x00", 1)
				Expect(d.SaveReport(ctx, report)).To(MatchError(ContainSubstring("not one of BOSH")))
			})

			It("gives the bytes of those reports only that are wanted, and checks all when it gives everything", func() {
				save(reported("0", 1))
				before := follow(d, 0).Sequence
				save(reported("1", 1))
				save(reported("2", 1))
				read := func(sequence int64) map[inventory.InstanceKey][]byte {
					bodies := map[inventory.InstanceKey][]byte{}
					_, err := d.FleetHeads(ctx, sequence, func(head inventory.Reporting) bool { return head.Key == keys("1")[0] }, func(r db.StoredReport) error {
						bodies[r.Key] = bytes.Clone(r.Report)
						Expect(r.Reporting).To(Equal(value(d.Report(ctx, r.Key)).Reporting))
						return nil
					})
					Expect(err).NotTo(HaveOccurred())
					return bodies
				}
				Expect(read(before)).To(Equal(map[inventory.InstanceKey][]byte{keys("1")[0]: reported("1", 1).Report, keys("2")[0]: nil}))
				_, err := d.SQL().Exec("UPDATE reports SET report = (SELECT report FROM reports WHERE instance LIKE '%/0') WHERE instance LIKE '%/1'")
				Expect(err).NotTo(HaveOccurred())
				Expect(read(before)).To(Equal(map[inventory.InstanceKey][]byte{keys("2")[0]: nil}))
				Expect(read(0)).To(HaveLen(2))
				Expect(read(0)).To(HaveKeyWithValue(keys("2")[0], reported("2", 1).Report))
			})

			It("leaves out a row that is damaged, and takes the report again", func() {
				save(reported("0", 1))
				save(reported("1", 1))
				for _, damage := range []string{"head = '{'", "head = (SELECT head FROM reports WHERE instance LIKE '%/1')", "report = (SELECT report FROM reports WHERE instance LIKE '%/1')"} {
					_, err := d.SQL().Exec("UPDATE reports SET " + damage + " WHERE instance LIKE '%/0'")
					Expect(err).NotTo(HaveOccurred())
					Expect(follow(d, 0).Reports).To(HaveLen(1), damage)
					_, err = d.Report(ctx, keys("0")[0])
					Expect(err).To(MatchError(db.ErrNotFound), damage)
					save(reported("0", 1))
					Expect(follow(d, 0).Reports).To(HaveKeyWithValue(keys("0")[0], reported("0", 1)), damage)
				}
			})
		})
	}
})
