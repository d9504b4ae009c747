package watch_test

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/db"
	"cert-health/hub/internal/fleet"
	"cert-health/hub/internal/fleet/sample"
	"cert-health/hub/internal/inventory"
	"cert-health/hub/internal/watch"
)

var _ = Describe("the service", func() {
	ctx := context.Background()
	var vms []sample.VM
	BeforeEach(func() { vms = sample.VMs(3) })

	It("is loaded when an empty database was read", func() {
		h := start()
		Eventually(h.Loaded).Should(BeTrue())
		Expect(h.View().Summary().Instances).To(BeZero())
	})

	It("shows what was stored before it began, and what comes later", func() {
		h := start()
		h.save(stored(vms[0], 1), stored(vms[1], 1))
		Eventually(h.states).Should(Equal(map[fleet.State]int{fleet.Current: 40}))
		other := follow(h.db)
		Eventually(other.Loaded).Should(BeTrue())
		Expect(other.states()).To(Equal(map[fleet.State]int{fleet.Current: 40}))
		h.save(stored(vms[2], 1))
		for _, hub := range []*hub{h, other} {
			Eventually(hub.states).Should(Equal(map[fleet.State]int{fleet.Current: 27, fleet.AwaitingDeploy: 13}))
		}
		vms[2].Renewed = true
		h.save(stored(vms[2], 2))
		Eventually(other.states).Should(Equal(map[fleet.State]int{fleet.Current: 40}))
	})

	It("tells who watches it", func() {
		h := start()
		Eventually(h.Loaded).Should(BeTrue())
		watching, stop := context.WithCancel(ctx)
		defer stop()
		changed := h.Watch(watching)
		h.save(stored(vms[0], 1))
		Eventually(changed).Should(Receive())
	})

	It("says that an instance has gone back to an older certificate", func() {
		h := start()
		h.save(stored(vms[1], 1))
		Eventually(h.states).Should(Equal(map[fleet.State]int{fleet.Current: 40}))
		vms[1].Renewed = false
		h.save(stored(vms[1], 2))
		Eventually(h.states).Should(Equal(map[fleet.State]int{fleet.Current: 27, fleet.RolledBack: 13}))
	})

	It("notices silence without a change of the database, and the next sign of life", func() {
		h := start()
		h.save(stored(vms[0], 1))
		key := vms[0].Key()
		Eventually(h.standing(key)).Should(Equal(inventory.Reports))
		Eventually(func() inventory.Standing { h.clock.Increment(30 * time.Second); return h.standing(key)() }).Should(Equal(inventory.Silent))
		Expect(h.db.SavePulses(ctx, []inventory.Pulse{{Key: key, At: h.clock.Now(), Scanned: h.clock.Now()}})).To(Succeed())
		Eventually(h.standing(key)).Should(Equal(inventory.Reports))
	})

	It("makes no view for signs of life alone", func() {
		h := start()
		h.save(stored(vms[0], 1))
		Eventually(h.standing(vms[0].Key())).Should(Equal(inventory.Reports))
		Eventually(func() int { return h.View().Summary().Certificates }).Should(Equal(40))
		view := h.View()
		for n := range 5 {
			Expect(h.db.SavePulses(ctx, []inventory.Pulse{{Key: vms[0].Key(), At: sample.Now().Add(time.Duration(n+1) * time.Second)}})).To(Succeed())
		}
		Consistently(h.View, "500ms").Should(BeIdenticalTo(view))
	})

	It("bears a report that cannot be read", func() {
		h := start()
		broken := stored(vms[0], 1)
		broken.Report = []byte("no gzip")
		h.save(broken, stored(vms[1], 1))
		Eventually(h.standing(vms[0].Key())).Should(Equal(inventory.Reports))
		Eventually(h.standing(vms[1].Key())).Should(Equal(inventory.Reports))
		Expect(h.View().Summary().Certificates).To(Equal(40))
		h.save(stored(vms[0], 2))
		Eventually(func() int { i, _ := h.View().Instance(vms[0].Key()); return i.Certificates }).Should(Equal(40))
	})

	It("takes what the hub read before it stored it, if the database has that very report", func() {
		h := start()
		Eventually(h.Loaded).Should(BeTrue())
		certificates := func(vm sample.VM) func() int {
			return func() int {
				if i, known := h.View().Instance(vm.Key()); known {
					return i.Certificates
				}
				return 0
			}
		}
		h.save(stored(vms[2], 1)) // an empty database is read whole
		Eventually(certificates(vms[2])).Should(Equal(40))
		unread, other := stored(vms[0], 1), stored(vms[1], 1)
		unread.Report = []byte("no gzip")
		for _, r := range []db.StoredReport{unread, other} {
			head := r.Reporting
			if r.Key == other.Key {
				head.Received = head.Received.Add(time.Millisecond)
			}
			some := vms[0].Report()
			some.Certificates = some.Certificates[:7]
			h.Hand(head, fleet.Read(some))
			h.save(r)
		}
		Eventually(certificates(vms[1])).Should(Equal(40))
		Eventually(certificates(vms[0])).Should(Equal(7))
	})

	It("follows the Director's list", func() {
		h := start()
		h.save(stored(vms[0], 1))
		h.catalog.list(vms[1].Listed)
		Eventually(h.standing(vms[0].Key())).Should(Equal(inventory.Deleted))
		Eventually(h.standing(vms[1].Key())).Should(Equal(inventory.Missing))
	})

	It("notes on the leader what the Director no longer lists, and removes it after a week", func() {
		h := start()
		h.save(stored(vms[0], 1), stored(vms[1], 1), stored(vms[2], 1))
		h.catalog.list(vms[0].Listed)
		Eventually(func() map[inventory.Standing]int { return h.View().Summary().Standings }).Should(Equal(map[inventory.Standing]int{inventory.Reports: 1, inventory.Deleted: 2}))
		stop := h.run(h.Lead)
		gone := func(vm sample.VM) func() time.Time {
			return func() time.Time { r, _ := h.db.Report(ctx, vm.Key()); return r.Gone }
		}
		Eventually(gone(vms[1])).ShouldNot(BeZero())
		Eventually(gone(vms[2])).ShouldNot(BeZero())
		Expect(gone(vms[0])()).To(BeZero())
		h.catalog.list(vms[0].Listed, vms[1].Listed)
		Eventually(func() time.Time { h.clock.Increment(time.Minute); return gone(vms[1])() }).Should(BeZero(), "it is listed again")
		h.clock.Increment(watch.Keep + time.Hour)
		Eventually(func() error { h.clock.Increment(time.Minute); _, err := h.db.Report(ctx, vms[2].Key()); return err }).Should(MatchError(db.ErrNotFound))
		Eventually(h.standing(vms[2].Key())).Should(BeEmpty())
		Expect(gone(vms[1])()).To(BeZero())
		stop()
		events, err := h.db.Events(ctx, 0, 10)
		Expect(err).NotTo(HaveOccurred())
		Expect(events).To(ContainElement(And(HaveField("Kind", "instance"), HaveField("Subject", string(vms[2].Key())), HaveField("Text", HavePrefix("removed: the Director has not listed it since ")))))
	})

	It("removes nothing without a Director", func() {
		h := start()
		h.save(stored(vms[0], 1))
		Eventually(h.standing(vms[0].Key())).Should(Equal(inventory.Reports))
		h.run(h.Lead)
		for range 20 {
			h.clock.Increment(watch.Keep)
		}
		Consistently(func() error { _, err := h.db.Report(ctx, vms[0].Key()); return err }, "300ms").Should(Succeed())
	})
})
