package incident_test

import (
	"encoding/json"
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/alerts/incident"
	"cert-health/internal/notify"
)

var _ = Describe("a silent agent", func() {
	beat := func(f *fleet, vm int) {
		f.beat(incident.Event{Agent: fmt.Sprintf("agent-%d", vm), Deployment: "cf", Instance: fmt.Sprintf("cell/%03d", vm)})
	}

	It("resolves nothing while the Health Monitor has its VM, and is named with the time at which it was last heard", func() {
		f := newFleet()
		f.say("cf", 1, expired(1))
		f.say("cf", 2, expired(1))
		f.after(time.Minute)
		f.heard()
		for hour := range 49 * 4 {
			f.after(time.Hour)
			beat(f, 1)
			f.Seen("agent-2", f.now) // an alert of monit, or that it has timed out
			if hour == 47 {
				f.heard()
			}
		}
		Expect(f.notices[0].Kind).To(Equal(notify.Updated))
		Expect(f.notices[0].Summary()).To(Equal("1 certificate expired on 2 instances, 2 of them silent"))
		Expect(f.notices[0].Silent).To(Equal([]notify.Silent{{Instance: "cell/001", LastHeard: start}, {Instance: "cell/002", LastHeard: start}}))
		for _, n := range f.notices[1:] {
			Expect(n.Kind).To(Equal(notify.Repeated))
			Expect(n.Until).To(BeTemporally(">", n.At.Add(47*time.Hour)))
		}
		f.heard()
		f.say("cf", 1, expired(1))
		f.say("cf", 2, cleared)
		f.after(time.Hour)
		Expect(f.Announced(f.now)).To(HaveExactElements(And(HaveField("SilentCount", 0), HaveField("InstanceCount", 1))))
	})

	It("is no news again after a restart", func() {
		f := newFleet()
		f.say("cf", 1, expired(1))
		for range 60 {
			f.after(time.Hour)
			beat(f, 1)
		}
		f.heard()
		later := newFleet()
		later.now = f.now
		Expect(later.Restore(f.Memory(), later.now)).To(Succeed())
		later.after(10 * time.Minute)
		Expect(later.heard()).To(BeEmpty())
		Expect(later.Announced(later.now)).To(HaveExactElements(HaveField("SilentCount", 1)))
	})

	It("is forgotten some time after its VM is gone", func() {
		f := newFleet()
		f.say("cf", 1, expired(1))
		f.after(48 * time.Hour)
		beat(f, 1)
		f.heard()
		f.after(49 * time.Hour)
		f.heard()
		f.after(time.Hour)
		Expect(f.heard()).To(Equal([]string{"closed cf: closed because its VMs are gone or were made again: 1 certificate expired on 1 instance"}))
	})

	It("is not forgotten before the Health Monitor had time to say which VMs it has", func() {
		f := newFleet()
		f.say("cf", 1, expired(1))
		f.after(time.Minute)
		text, err := json.Marshal(f.Memory())
		Expect(err).NotTo(HaveOccurred())
		var memory incident.Memory
		Expect(json.Unmarshal(text, &memory)).To(Succeed())
		later := newFleet()
		later.now = f.now.Add(100 * time.Hour)
		Expect(later.Restore(memory, later.now)).To(Succeed())
		later.after(59 * time.Minute)
		Expect(later.Announced(later.now)).To(HaveExactElements(HaveField("SilentCount", 1)))
		beat(later, 1)
		later.after(time.Hour)
		Expect(later.Announced(later.now)).To(HaveLen(1))
		later.after(49 * time.Hour)
		Expect(later.Announced(later.now)).To(BeEmpty())
	})
})

var _ = Describe("a flood", func() {
	It("does not keep a new certificate out of a notice, nor a changed total", func() {
		f := newFleet()
		flood := expired(0, 1, 2, 3, 4, 5, 6, 7, 8, 9)
		flood.Total = 60
		f.say("cf", 1, flood)
		f.say("cf", 2, flood)
		f.after(time.Minute)
		f.heard()
		flood.Items, flood.Total = append(expired(11).Items, flood.Items[:9]...), 61
		f.say("cf", 1, flood)
		f.after(time.Hour)
		Expect(f.notices[0].Certificates[0].Name).To(Equal("c11"))
		Expect(f.heard()).To(Equal([]string{"updated cf: at least 61 certificates expired on 2 instances"}))
		flood.Total = 59
		f.say("cf", 1, flood)
		f.after(time.Hour)
		Expect(f.heard()).To(Equal([]string{"updated cf: at least 60 certificates expired on 2 instances"}))
		f.say("cf", 1, flood)
		f.after(time.Hour)
		Expect(f.heard()).To(BeEmpty())
	})
})
