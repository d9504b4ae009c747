package incident_test

import (
	"encoding/json"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/alerts/incident"
)

var _ = Describe("an agent that the Health Monitor does not know yet", func() {
	early := incident.Event{Agent: "agent-1", Deployment: "unknown", Instance: "agent agent-1 []", Alert: expired(1)}
	heartbeat := incident.Event{Agent: "agent-1", Deployment: "cf", Instance: "cell/001"}

	It("is counted in its deployment from its first heartbeat on", func() {
		f := newFleet()
		f.tell(early)
		f.after(90 * time.Second)
		Expect(f.heard()).To(BeEmpty())
		f.beat(heartbeat)
		Expect(f.notices[0].Instances).To(Equal([]string{"cell/001"}))
		Expect(f.heard()).To(Equal([]string{"opened cf: 1 certificate expired on 1 instance"}))
		f.say("cf", 1, cleared)
		Expect(f.heard()).To(Equal([]string{"closed cf: no certificate is expired any more"}))
		f.after(50 * time.Hour)
		Expect(f.heard()).To(BeEmpty())
	})

	It("has an incident of its own if its deployment stays unknown, which ends when it is known", func() {
		f := newFleet()
		f.tell(early)
		f.after(6 * time.Minute)
		Expect(f.heard()).To(Equal([]string{"opened unknown: 1 certificate expired on 1 instance"}))
		f.say("cf", 1, expired(1))
		Expect(f.heard()).To(Equal([]string{
			"closed unknown: closed because the deployment of its instances is known now: 1 certificate expired on 1 instance",
			"opened cf: 1 certificate expired on 1 instance"}))
	})

	It("stays in its deployment while the Health Monitor does not know it for a while", func() {
		f := newFleet()
		f.say("cf", 1, expired(1))
		f.after(time.Minute)
		f.heard()
		gone := early
		gone.Alert = cleared
		f.tell(gone)
		Expect(f.heard()).To(Equal([]string{"closed cf: no certificate is expired any more"}))
	})
})

var _ = Describe("a VM that is made again", func() {
	It("has the report of the earlier VM only for a while", func() {
		f := newFleet()
		f.say("cf", 1, expired(1))
		f.after(time.Minute)
		f.heard()
		f.beat(incident.Event{Agent: "new", Deployment: "cf", Instance: "cell/001"})
		f.after(15 * time.Minute)
		Expect(f.heard()).To(BeEmpty())
		f.after(time.Second)
		Expect(f.heard()).To(Equal([]string{"closed cf: closed because its VMs are gone or were made again: 1 certificate expired on 1 instance"}))
	})

	It("replaces the report of the earlier VM, and is no news", func() {
		f := newFleet()
		f.say("cf", 1, expired(1))
		f.after(time.Minute)
		f.heard()
		f.tell(incident.Event{Agent: "new", Deployment: "cf", Instance: "cell/001", Alert: expired(1)})
		f.after(time.Hour)
		Expect(f.heard()).To(BeEmpty())
		Expect(f.Announced(f.now)).To(HaveExactElements(HaveField("InstanceCount", 1)))
	})

	It("keeps its report if a late heartbeat of the earlier VM arrives", func() {
		f := newFleet()
		f.say("cf", 1, expired(1))
		f.beat(incident.Event{Agent: "earlier", Deployment: "cf", Instance: "cell/001"})
		f.beat(incident.Event{Agent: "agent-1", Deployment: "cf", Instance: "cell/001"})
		f.after(time.Hour)
		Expect(f.heard()).To(Equal([]string{"opened cf: 1 certificate expired on 1 instance"}))
	})
})

var _ = Describe("a next step", func() {
	It("is news if an agent names another one, and not if two agents differ", func() {
		f := newFleet()
		other, deploy := expired(1), expired(1)
		other.Items[0].Next = "cert-health x509 renew secret/cf/a"
		f.say("cf", 1, other)
		f.say("cf", 2, deploy)
		f.after(time.Minute)
		f.say("cf", 1, other)
		f.say("cf", 2, deploy)
		f.after(time.Hour)
		Expect(f.heard()).To(Equal([]string{"opened cf: 1 certificate expired on 2 instances"}))
		f.say("cf", 1, deploy)
		Expect(f.notices[0].Certificates[0].Next).To(Equal("bosh -d cf deploy"))
		Expect(f.heard()).To(Equal([]string{"updated cf: 1 certificate expired on 2 instances"}))
	})
})

var _ = Describe("Memory", func() {
	// again is a fleet whose ledger has the memory of another.
	again := func(f *fleet) *fleet {
		GinkgoHelper()
		text, err := json.Marshal(f.Memory())
		Expect(err).NotTo(HaveOccurred())
		var memory incident.Memory
		Expect(json.Unmarshal(text, &memory)).To(Succeed())
		later := newFleet()
		later.now = f.now
		Expect(later.Restore(memory, later.now)).To(Succeed())
		Expect(later.Memory()).To(Equal(memory))
		return later
	}

	It("keeps everything over a restart", func() {
		f := newFleet()
		other := expired(1, 2)
		other.Items[0].Next, other.Total = "other", 13
		f.say("cf", 1, other)
		f.say("cf", 2, expired(2))
		f.say("b", 3, expired(3))
		f.after(time.Minute)
		before := f.Announced(f.now)
		Expect(f.Changed()).To(BeTrue())
		Expect(f.Changed()).To(BeFalse())
		f = again(f)
		Expect(f.Announced(f.now)).To(Equal(before))
		f.say("cf", 1, other)
		f.after(time.Hour)
		Expect(f.heard()).To(BeEmpty())
		f.say("cf", 1, cleared)
		f = again(f)
		f.say("cf", 2, cleared)
		Expect(f.heard()).To(Equal([]string{"closed cf: no certificate is expired any more"}))
		f.after(50 * time.Hour)
		Expect(f.heard()).To(Equal([]string{"closed b: closed because its VMs are gone or were made again: 1 certificate expired on 1 instance"}))
	})

	It("is of use if the clock was set back", func() {
		f := newFleet()
		f.say("cf", 1, expired(1))
		f.after(time.Hour)
		f.now = start
		later := newFleet()
		Expect(later.Restore(f.Memory(), start)).To(Succeed())
		later.after(49 * time.Hour)
		later.after(time.Second)
		Expect(later.heard()).To(Equal([]string{"repeated cf: 1 certificate expired on 1 instance",
			"closed cf: closed because its VMs are gone or were made again: 1 certificate expired on 1 instance"}))
	})

	DescribeTable("is refused as a whole if it is not valid",
		func(text, reason string) {
			var memory incident.Memory
			Expect(json.Unmarshal([]byte(text), &memory)).To(Succeed())
			f := newFleet()
			Expect(f.Restore(memory, f.now)).To(MatchError(ContainSubstring(reason)))
			Expect(f.Memory().Incidents).To(BeEmpty())
		},
		Entry("another format", `{}`, "its format is 0, not 1"),
		Entry("an unknown class", `{"format":1,"incidents":[{"deployment":"cf","class":"x"}]}`, "incident 1: its class is unknown"),
		Entry("two of one kind", `{"format":1,"incidents":[{"class":"expired"},{"class":"expired"}]}`, "occurs twice"),
		Entry("a report of no agent", `{"format":1,"incidents":[{"class":"expired","reports":[{"total":1}]}]}`, "has no agent"),
		Entry("a certificate without words", `{"format":1,"incidents":[{"class":"expired","reports":[{"agent":"a","total":1,"items":[{"fingerprint":"000000000001"}]}]}]}`, "is not described"),
		Entry("an invalid fingerprint", `{"format":1,"incidents":[{"class":"expired","certificates":[{"fingerprint":"x"}],"reports":[{"agent":"a","total":1,"items":[{"fingerprint":"x"}]}]}]}`, "is not described"),
	)
})
