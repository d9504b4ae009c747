package fleet_test

import (
	"slices"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/fleet"
	"cert-health/hub/internal/fleet/sample"
	"cert-health/hub/internal/inventory"
	"cert-health/internal/cert"
	"cert-health/internal/verdict"
)

var _ = Describe("instances", func() {
	v := sample.View(100)

	It("come in pages that have each of them once", func() {
		seen := map[inventory.InstanceKey]bool{}
		q := fleet.Query{Limit: 7}
		for {
			page := v.Instances(q)
			Expect(page.Total).To(Equal(100))
			for _, i := range page.Instances {
				Expect(seen).NotTo(HaveKey(i.Key))
				seen[i.Key] = true
			}
			if q.After = page.Next; q.After == "" {
				break
			}
		}
		Expect(seen).To(HaveLen(100))
	})

	DescribeTable("are selected", func(q fleet.Query, count int) {
		Expect(v.Instances(q).Total).To(Equal(count))
	},
		Entry("by deployment", fleet.Query{Deployment: "mysql"}, 3),
		Entry("by group", fleet.Query{Group: "diego-api"}, 2),
		Entry("by availability zone", fleet.Query{Deployment: "mysql", AZ: "z1"}, 1),
		Entry("by standing", fleet.Query{Standings: []inventory.Standing{inventory.Silent, inventory.Missing}}, 2),
		Entry("by state", fleet.Query{States: []fleet.State{fleet.AwaitingDeploy}}, 44),
		Entry("by words", fleet.Query{Text: "DIEGO-cell/7 cf"}, 11),
	)

	It("have their certificates, the worst first", func() {
		i := v.Instances(fleet.Query{States: []fleet.State{fleet.AwaitingDeploy}}).Instances[0]
		Expect(i).To(And(HaveField("Certificates", 40), HaveField("Behind", 13), HaveField("Severity", verdict.Critical), HaveField("Standing", inventory.Reports)))
		cells := v.CellsOf(i)
		Expect(cells).To(HaveLen(40))
		Expect(cells[0]).To(And(HaveField("State", fleet.AwaitingDeploy), HaveField("Expired", true), HaveField("File.Number", 1), HaveField("Since", sample.Renewed())))
		Expect(cells[0].Places[0]).To(ContainSubstring("config/certs/"))
		Expect(cells[39].State).To(Equal(fleet.Current))
	})

	It("that are silent show what they had, without a state", func() {
		i := v.Instances(fleet.Query{Standings: []inventory.Standing{inventory.Silent}}).Instances[0]
		for _, cell := range v.CellsOf(i) {
			Expect(cell.State).To(BeEmpty())
			Expect(cell.File).NotTo(BeNil())
		}
		Expect(i.Name()).To(Equal("diego-cell/92"))
		Expect(i).To(And(HaveField("Certificates", 40), HaveField("Behind", 0), HaveField("State", BeEmpty())))
	})

	It("are given one after the other, whatever the page, until that is enough", func() {
		q := fleet.Query{States: []fleet.State{fleet.AwaitingDeploy}, Limit: 2}
		all := slices.Collect(v.Select(q))
		Expect(all).To(HaveLen(44))
		Expect(v.Instances(q).Instances).To(Equal(all[:2]))
		for i := range v.Select(q) {
			Expect(i).To(BeIdenticalTo(all[0]))
			break
		}
	})

	It("of a row are those that have it", func() {
		d, _ := v.Deployment("cf")
		Expect(v.Cells(d.Rows[0])).To(HaveLen(96), "one never reported")
	})
})

var _ = Describe("the standing of an instance", func() {
	DescribeTable("is", func(change func(*world, *inventory.Listed), expected inventory.Standing) {
		w, l := newWorld(), inventory.Listed{Deployment: "cf", Group: "cell", ID: "a", VM: true, Expected: true}
		w.report("cf/cell/a", of("bbs", 1))
		change(w, &l)
		if l.ID != "" {
			w.Listed = []inventory.Listed{l}
		}
		i, known := w.view().Instance("cf/cell/a")
		Expect(known).To(BeTrue())
		Expect(i.Standing).To(Equal(expected))
	},
		Entry("reporting", func(*world, *inventory.Listed) {}, inventory.Reports),
		Entry("silent after three intervals", func(w *world, _ *inventory.Listed) { w.Now = now.Add(2 * time.Minute) }, inventory.Silent),
		Entry("reporting for three longer intervals", func(w *world, _ *inventory.Listed) { w.Now, w.Interval = now.Add(2*time.Minute), 2*time.Minute }, inventory.Reports),
		Entry("missing", func(w *world, _ *inventory.Listed) {
			w.Input.Members, w.Reporting, w.Pulses = nil, nil, nil
		}, inventory.Missing),
		Entry("stopped", func(_ *world, l *inventory.Listed) { l.State = "stopped" }, inventory.Stopped),
		Entry("detached", func(_ *world, l *inventory.Listed) { l.State, l.VM, l.Expected = "detached", false, false }, inventory.Stopped),
		Entry("ignored", func(_ *world, l *inventory.Listed) { l.Ignored = true }, inventory.Ignored),
		Entry("deleted if a Director does not list it", func(w *world, l *inventory.Listed) { l.ID, w.Known = "", true }, inventory.Deleted),
		Entry("reporting without a Director", func(_ *world, l *inventory.Listed) { l.ID = "" }, inventory.Reports),
	)
})

var _ = Describe("the summary", func() {
	It("says what to do in an empty fleet", func() {
		Expect(newWorld().view().Summary()).To(And(HaveField("Sentence", "no instance has reported yet"), HaveField("Next", HaveLen(1))))
	})

	It("says that nothing is wrong", func() {
		w := newWorld()
		w.report("cf/cell/a", of("bbs", 1, compared(cert.Current, 1, 1)))
		Expect(w.view().Summary()).To(And(HaveField("Sentence", "nothing is wrong with 1 certificate on 1 instance"), HaveField("Severity", verdict.OK)))
	})

	It("tells of instances that are silent or missing, and counts them as nothing else", func() {
		w := newWorld()
		for _, id := range []string{"a", "b", "c"} {
			w.report("cf/cell/"+id, of("bbs", 1, compared(cert.Current, 1, 1)))
		}
		w.Now = now.Add(time.Hour)
		s := w.view().Summary()
		Expect(s.Sentence).To(Equal("3 of 3 instances of cf are silent; the first was last heard of 61 minutes ago"))
		Expect(verdict.Join(s.Next)).To(HavePrefix("bosh -d cf instances --ps; if cert-health runs on cell/a, ask its agent: bosh -d cf ssh cell/a -c 'sudo /var/vcap/jobs/cert-health/bin/cert-health status'"))
		Expect(w.row()).To(And(HaveField("Percent", 0), HaveField("NotSeen", 3), HaveField("State", fleet.Unknown)))
	})

	It("counts no instance as seen by a time from before the hub's clock was set back", func() {
		w := newWorld()
		for _, id := range []string{"dead", "alive", "another-hub"} {
			w.report("cf/cell/"+id, of("bbs", 1, compared(cert.Current, 1, 1)))
		}
		w.Now = now.Add(-time.Hour)
		w.Pulses["cf/cell/alive"] = inventory.Pulse{Key: "cf/cell/alive", At: w.Now}
		w.Pulses["cf/cell/another-hub"] = inventory.Pulse{Key: "cf/cell/another-hub", At: w.Now.Add(time.Minute)}
		Expect(w.view().Summary().Sentence).To(Equal("cell/dead of cf is silent; it was last heard of before the clock of the hub was set back"))
		Expect(w.row()).To(And(HaveField("OnCurrent", 2), HaveField("NotSeen", 1)))
		alive, _ := w.view().Instance("cf/cell/alive")
		Expect(alive.LastSeen).To(Equal(w.Now))
	})

	It("puts the worst trouble first", func() {
		w := newWorld()
		w.report("cf/cell/a", of("bbs", 1, compared(cert.Stale, 1, 2), finding(verdict.Stale, verdict.Error)), of("rep", -1, compared(cert.Current, 1, 1)))
		w.report("db/cell/a", of("bbs", 7, compared(cert.Unexpected, 0, 2), finding(verdict.Unexpected, verdict.Error)))
		troubles := w.view().Summary().Troubles
		Expect(troubles).To(HaveLen(3))
		Expect(troubles[0]).To(And(HaveField("State", fleet.AwaitingRenewal), HaveField("Expired", true), HaveField("Deployment", "cf")))
		d, _ := w.view().Deployment("db")
		Expect(d.Worst).To(HaveField("State", fleet.ByHand))
	})
})

var _ = Describe("a deploy", func() {
	var w *world
	deployed := func(key string, at time.Time, version int) {
		state := cert.Current
		if version == 1 {
			state = cert.Stale
		}
		w.report(key, of("bbs", version, compared(state, version, 2)))
		head := w.Reporting[inventory.InstanceKey(key)]
		head.Received = at
		w.Reporting[inventory.InstanceKey(key)] = head
	}
	BeforeEach(func() {
		w = newWorld()
		deployed("cf/api/0", now.Add(-50*time.Minute), 2)
		deployed("cf/cell/0", now.Add(-10*time.Minute), 2)
		deployed("cf/cell/1", now.Add(-24*time.Hour), 1)
		deployed("cf/router/0", now.Add(-24*time.Hour), 1)
	})
	rollout := func() *fleet.Rollout { d, _ := w.view().Deployment("cf"); return d.Rollout }

	It("shows its progress by group", func() {
		r := rollout()
		Expect(r).To(And(HaveField("Done", 2), HaveField("Waiting", 2), HaveField("Stalled", false), HaveField("At", "cell/1"), HaveField("Progress", now.Add(-10*time.Minute))))
		Expect(r.Groups).To(HaveExactElements(HaveField("Group", "api"), HaveField("Group", "cell"), HaveField("Group", "router")))
		Expect(r.Sentence).To(Equal("the deploy reached api and 1 of 2 cells, and cell/1 is next"))
	})

	It("shows where it stands still", func() {
		w.Now = now.Add(2 * time.Minute)
		deployed("cf/cell/0", now.Add(-time.Hour), 2)
		w.Now = now
		Expect(rollout()).To(And(HaveField("Stalled", true), HaveField("Sentence", "the deploy reached api and 1 of 2 cells, and stopped at cell/1")))
	})

	It("has ended when all have it", func() {
		deployed("cf/cell/1", now, 2)
		deployed("cf/router/0", now, 2)
		Expect(rollout()).To(BeNil())
	})
})
