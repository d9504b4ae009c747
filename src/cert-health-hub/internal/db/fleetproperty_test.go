package db_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"pgregory.net/rapid"

	"cert-health/hub/internal/db"
	"cert-health/hub/internal/inventory"
)

// replica is what a hub knows of the fleet by following it.
type replica struct {
	sequence int64
	reports  map[inventory.InstanceKey]db.StoredReport
	pulses   map[inventory.InstanceKey]inventory.Pulse
}

func newReplica() *replica {
	return &replica{reports: map[inventory.InstanceKey]db.StoredReport{}, pulses: map[inventory.InstanceKey]inventory.Pulse{}}
}

// follow takes what has changed.
func (r *replica) follow(d *db.DB) {
	changed := follow(d, r.sequence)
	if changed.Whole {
		*r = *newReplica()
	}
	Expect(changed.Sequence).To(BeNumerically(">=", r.sequence))
	r.sequence = changed.Sequence
	for _, gone := range changed.Gone {
		delete(r.reports, gone)
		delete(r.pulses, gone)
	}
	maps.Copy(r.reports, changed.Reports)
	for _, pulse := range changed.Pulses {
		r.pulses[pulse.Key] = pulse
	}
}

// fleet is a database with what must be in it, two hubs on it, and what two more know of it.
type fleet struct {
	hubs     []*db.DB
	expected *replica
	known    []*replica
	now      time.Time
}

func (f *fleet) hub(t *rapid.T) *db.DB { return f.hubs[rapid.IntRange(0, 1).Draw(t, "hub")] }

func instances(t *rapid.T) []inventory.InstanceKey {
	return keys(rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"0", "1", "2", "3"}), 1, 3, rapid.ID[string]).Draw(t, "instances")...)
}

func (f *fleet) report(t *rapid.T) {
	f.now = f.now.Add(time.Second)
	report := reported(rapid.SampledFrom([]string{"0", "1", "2", "3"}).Draw(t, "instance"), rapid.Uint64Range(1, 5).Draw(t, "count"))
	report.Sequence.Boot = rapid.SampledFrom([]string{"a", "b"}).Draw(t, "boot")
	report.First, report.Received = f.now, f.now
	before, there := f.expected.reports[report.Key]
	err := f.hub(t).SaveReport(context.Background(), report)
	switch {
	case there && before.Sequence == report.Sequence: // its digest is that of the count
		Expect(err).NotTo(HaveOccurred())
		return
	case there && !report.Sequence.Newer(before.Sequence):
		Expect(errors.Is(err, db.ErrOlder)).To(BeTrue(), "%v", err)
		return
	case there:
		report.First = before.First
	}
	Expect(err).NotTo(HaveOccurred())
	pulse := f.expected.pulses[report.Key]
	pulse.Key, pulse.At = report.Key, report.Received
	f.expected.reports[report.Key], f.expected.pulses[report.Key] = report, pulse
}

func (f *fleet) pulse(t *rapid.T) {
	f.now = f.now.Add(time.Second)
	var pulses []inventory.Pulse
	for _, instance := range instances(t) {
		late := time.Duration(rapid.SampledFrom([]int{0, 0, 1, 3}).Draw(t, "late")) * time.Second
		pulse := inventory.Pulse{Key: instance, At: f.now.Add(-late), Scanned: f.now.Add(-time.Minute)}
		pulses = append(pulses, pulse)
		if before, there := f.expected.pulses[instance]; there && pulse.At.After(before.At) {
			f.expected.pulses[instance] = pulse
		}
	}
	Expect(f.hub(t).SavePulses(context.Background(), pulses)).To(Succeed())
}

func (f *fleet) gone(t *rapid.T) {
	at := rapid.SampledFrom([]time.Time{{}, noon, noon.Add(time.Hour)}).Draw(t, "at")
	list := instances(t)
	Expect(f.hub(t).MarkGone(context.Background(), list, at)).To(Succeed())
	for _, instance := range list {
		if report, there := f.expected.reports[instance]; there && report.Gone.IsZero() != at.IsZero() {
			report.Gone = at
			f.expected.reports[instance] = report
		}
	}
}

func (f *fleet) remove(t *rapid.T) {
	list := instances(t)
	Expect(f.hub(t).RemoveInstances(context.Background(), list)).To(Succeed())
	for _, instance := range list {
		delete(f.expected.reports, instance)
		delete(f.expected.pulses, instance)
	}
}

func (f *fleet) prune(t *rapid.T) { Expect(f.hub(t).Prune(context.Background(), f.now)).To(Succeed()) }

// follow lets one hub follow, so that the other one is some changes behind.
func (f *fleet) follow(t *rapid.T) {
	known := f.known[rapid.IntRange(0, 1).Draw(t, "follower")]
	known.follow(f.hub(t))
	f.same(known)
}

func (f *fleet) same(known *replica) {
	Expect(known.reports).To(Equal(f.expected.reports))
	Expect(known.pulses).To(Equal(f.expected.pulses))
}

var _ = Describe("who follows the fleet", func() {
	for _, p := range places() {
		It("knows what the tables hold, whatever two hubs do, in "+p.name, func() {
			address := p.url()
			hubs := []*db.DB{open(address), open(address)}
			expected, known := newReplica(), []*replica{newReplica(), newReplica()}
			now := noon
			rapid.Check(GinkgoT(), func(t *rapid.T) {
				f := &fleet{hubs: hubs, expected: expected, known: known, now: now}
				// All goes on with the database that the check before has left.
				defer func() { now = f.now }()
				t.Repeat(map[string]func(*rapid.T){"report": f.report, "pulse": f.pulse, "gone": f.gone, "remove": f.remove, "prune": f.prune, "follow": f.follow})
				for _, replica := range known {
					replica.follow(hubs[0])
					f.same(replica)
				}
				whole := newReplica()
				whole.follow(hubs[1])
				f.same(whole)
			})
		})

		It("misses no change of hubs that write at the same time, in "+p.name, func() {
			address, ctx := p.url(), context.Background()
			hubs := []*db.DB{open(address), open(address)}
			const writers, each = 4, 15
			var working sync.WaitGroup
			errs := make(chan error, writers*each*3)
			for w := range writers {
				working.Go(func() {
					d := hubs[w%2]
					for i := range each {
						instance := fmt.Sprint(w, "-", i%5)
						errs <- d.SaveReport(ctx, reported(instance, uint64(i+1)))
						errs <- d.SavePulses(ctx, []inventory.Pulse{{Key: keys(instance)[0], At: noon.Add(time.Hour + time.Duration(i)*time.Second), Scanned: noon}})
						if i%4 == 3 {
							errs <- d.RemoveInstances(ctx, keys(instance))
						}
					}
				})
			}
			done := make(chan struct{})
			go func() { working.Wait(); close(done) }()
			known := newReplica()
			for running := true; running; {
				select {
				case <-done:
					running = false
				default:
				}
				known.follow(hubs[1])
			}
			close(errs)
			for err := range errs {
				Expect(err).NotTo(HaveOccurred())
			}
			whole := newReplica()
			whole.follow(hubs[0])
			Expect(known).To(Equal(whole))
			Expect(whole.reports).NotTo(BeEmpty())
		})
	}
})
