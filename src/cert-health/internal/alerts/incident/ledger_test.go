package incident_test

import (
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"pgregory.net/rapid"

	"cert-health/internal/alert"
	"cert-health/internal/alerts/incident"
	"cert-health/internal/notify"
)

var (
	start  = time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)
	policy = incident.Policy{OpenAfter: time.Minute, UpdateInterval: 5 * time.Minute, RepeatInterval: 24 * time.Hour, ForgetAfter: 49 * time.Hour}
	limits = incident.Limits{Deployments: 2, Instances: 300, Certificates: 15}
)

// fleet is a ledger with a clock, and the notices that it returned.
type fleet struct {
	*incident.Ledger
	now     time.Time
	notices []notify.Notice
}

func newFleet() *fleet { return &fleet{Ledger: incident.NewLedger(policy, limits), now: start} }

func (f *fleet) say(deployment string, vm int, a alert.Alert) {
	f.tell(incident.Event{Agent: fmt.Sprintf("agent-%d", vm), Deployment: deployment, Instance: fmt.Sprintf("cell/%03d", vm), Alert: a})
}

func (f *fleet) tell(e incident.Event) { f.notices = append(f.notices, f.Record(e, f.now)...) }

func (f *fleet) beat(e incident.Event) { f.notices = append(f.notices, f.Locate(e, f.now)...) }

func (f *fleet) after(d time.Duration) {
	f.now = f.now.Add(d)
	f.notices = append(f.notices, f.Due(f.now)...)
}

// heard returns a summary of the notices since the last call.
func (f *fleet) heard() []string {
	list := []string{}
	for _, n := range f.notices {
		list = append(list, fmt.Sprintf("%s %s: %s", n.Kind, n.Deployment, n.Summary()))
	}
	f.notices = nil
	return list
}

var cleared = alert.Alert{Class: alert.Expired, Cleared: true}

var _ = Describe("Ledger", func() {
	It("gives each class the severity of its alerts by name", func() {
		f := newFleet()
		for _, class := range alert.Classes() {
			f.say("cf", 1, alert.Alert{Class: class, Total: 1})
		}
		f.after(time.Minute)
		severities := map[alert.Class]string{}
		for _, n := range f.notices {
			severities[n.Class] = n.Severity
		}
		Expect(severities).To(Equal(map[alert.Class]string{
			alert.Expired: "critical", alert.Drift: "error", alert.NotLoaded: "error", alert.Unverified: "error", alert.Expiring: "warning"}))
	})

	It("returns one notice for a fault on 300 VMs, and one for its end", func() {
		f := newFleet()
		for vm := range 300 {
			f.say("cf", vm, expired(1, 2, 3))
		}
		Expect(f.heard()).To(BeEmpty(), "others may follow")
		f.after(time.Minute)
		Expect(f.notices[0].Instances).To(HaveLen(20))
		Expect(f.notices[0].MoreInstances()).To(Equal(280))
		Expect(f.notices[0].Certificates[0]).To(Equal(notify.Certificate{Name: "c1", Fingerprint: "000000000001", Instances: 300,
			Place: "rep config/x.crt:1", Message: "expired 3 hours ago; its peers refuse it", Next: "bosh -d cf deploy"}))
		Expect(f.notices[0].Severity).To(Equal("critical"))
		id := f.notices[0].ID
		Expect(f.heard()).To(Equal([]string{"opened cf: 3 certificates expired on 300 instances"}))

		f.after(time.Hour)
		for vm := range 300 {
			f.say("cf", vm, cleared)
		}
		Expect(f.notices[0].ID).To(Equal(id))
		Expect(f.notices[0].CertificateCount).To(Equal(3), "at the worst")
		Expect(f.notices[0].InstanceCount).To(Equal(300))
		Expect(f.notices[0].Lasted()).To(Equal("1h1m"))
		Expect(f.heard()).To(Equal([]string{"closed cf: no certificate is expired any more"}))
		Expect(f.Announced(f.now)).To(BeEmpty())
	})

	It("returns updates at intervals, and only if the incident grows", func() {
		f := newFleet()
		f.say("cf", 1, expired(1))
		f.after(time.Minute)
		f.say("cf", 2, expired(1))
		f.say("cf", 1, expired(1, 2))
		f.after(5*time.Minute - 1)
		Expect(f.heard()).To(Equal([]string{"opened cf: 1 certificate expired on 1 instance"}))
		f.after(1)
		Expect(f.heard()).To(Equal([]string{"updated cf: 2 certificates expired on 2 instances"}))
		f.say("cf", 1, expired(2))
		f.say("cf", 2, cleared)
		f.after(time.Hour)
		Expect(f.heard()).To(BeEmpty())
		Expect(f.Announced(f.now)).To(HaveExactElements(HaveField("CertificateCount", 1)))
	})

	It("repeats an incident that stays open", func() {
		f := newFleet()
		f.say("cf", 1, expired(1))
		f.after(time.Minute)
		f.after(24 * time.Hour)
		f.after(24*time.Hour - 1)
		Expect(f.heard()).To(Equal([]string{"opened cf: 1 certificate expired on 1 instance", "repeated cf: 1 certificate expired on 1 instance"}))
	})

	It("returns no notice of an incident that ends before its first notice", func() {
		f := newFleet()
		f.say("cf", 1, cleared)
		f.say("cf", 1, expired(1))
		f.say("cf", 1, cleared)
		f.after(time.Hour)
		Expect(f.heard()).To(BeEmpty())
	})

	It("forgets a VM that no longer reports, and says that its state is unknown", func() {
		f := newFleet()
		f.say("cf", 1, expired(1, 2))
		f.say("cf", 2, expired(1))
		f.after(time.Minute)
		Expect(f.notices[0].Until).To(Equal(start.Add(49 * time.Hour)))
		f.after(48 * time.Hour)
		f.say("cf", 2, expired(1))
		f.heard()
		f.after(time.Hour)
		Expect(f.Announced(f.now)).To(HaveExactElements(And(HaveField("Instances", []string{"cell/002"}), HaveField("Forgotten", 1))))
		f.say("cf", 2, cleared)
		Expect(f.heard()).To(Equal([]string{"closed cf: closed because its VMs are gone or were made again: 2 certificates expired on 2 instances"}))
	})

	It("keeps deployments and classes apart", func() {
		f := newFleet()
		f.say("b", 1, expired(1))
		f.say("a", 1, expired(1))
		drift := expired(1)
		drift.Class = alert.Drift
		f.say("a", 1, drift)
		f.after(time.Minute)
		Expect(f.heard()).To(Equal([]string{
			"opened a: 1 certificate expired on 1 instance", "opened a: 1 certificate drifted on 1 instance", "opened b: 1 certificate expired on 1 instance"}))
	})

	It("counts certificates that an alert could not name with at least", func() {
		f := newFleet()
		for vm := range 2 {
			a := expired(1, 2)
			a.Total = 13
			f.say("cf", vm, a)
		}
		f.after(time.Minute)
		Expect(f.heard()).To(Equal([]string{"opened cf: at least 13 certificates expired on 2 instances"}))
	})

	It("keeps to its limits, and counts the reports beyond them", func() {
		f := newFleet()
		for vm := range 310 {
			f.say("a", vm, expired(vm%20))
			f.say("b", 1, expired(1))
			f.say("c", 1, expired(1))
		}
		f.after(time.Minute)
		notice := f.notices[0]
		Expect(notice.InstanceCount).To(Equal(300))
		Expect(notice.CertificateCount).To(Equal(15))
		Expect(notice.AtLeast).To(BeTrue())
		Expect(notice.LeftOut).To(Equal(notify.LeftOut{Instances: 10, Certificates: 75, Deployments: 310}))
		Expect(f.LeftOut()).To(Equal(notice.LeftOut))
	})

	It("has no incident when no VM has a fault, whatever happened before", func() {
		rapid.Check(GinkgoT(), func(t *rapid.T) {
			f := newFleet()
			open := 0
			for range rapid.IntRange(1, 60).Draw(t, "events") {
				vm := rapid.IntRange(0, 3).Draw(t, "vm")
				a := expired(rapid.SliceOfN(rapid.IntRange(0, 20), 0, 10).Draw(t, "certificates")...)
				a.Cleared = rapid.Bool().Draw(t, "cleared")
				f.say("cf", vm, a)
				f.after(time.Duration(rapid.IntRange(0, 400).Draw(t, "seconds")) * time.Second)
			}
			for vm := range 4 {
				f.say("cf", vm, cleared)
			}
			for _, n := range f.notices {
				switch n.Kind {
				case notify.Opened:
					open++
				case notify.Closed:
					open--
				}
				if open < 0 || open > 1 {
					t.Fatalf("%d incidents are open after %s", open, n.Kind)
				}
			}
			if open != 0 || len(f.Announced(f.now)) != 0 {
				t.Fatal("it is still open")
			}
		})
	})
})
