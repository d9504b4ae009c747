package ingest_test

import (
	"net/http"
	"time"

	"code.cloudfoundry.org/clock/fakeclock"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/inventory"
	"cert-health/internal/scenario"
	"cert-health/internal/uplink"
)

// everything an agent sends gets the same refusal.
func refusedEverywhere(a *agent, sentence string) {
	GinkgoHelper()
	if a.digest == "" {
		a.digest = digestOf("e")
	}
	refused := And(status(http.StatusForbidden), HaveField("Error", ContainSubstring(sentence)))
	Expect(a.beat()).To(refused)
	Expect(a.report("e")).To(refused)
	Expect(a.ask()).To(refused)
}

var _ = Describe("with a Director", func() {
	var r *rig
	var victim, attacker *agent
	BeforeEach(func() {
		r = newRig(newFile(), newRoster(listed("victim", "agent-v", "127.0.0.1", "10.0.0.1"), listed("attacker", "agent-a", "127.0.0.2"), listed("stopped", "")))
		Eventually(func() answer { return r.agent("victim", "127.0.0.1", r.shared()).report("a") }).Should(status(http.StatusNoContent))
		victim, attacker = r.agent("victim", "127.0.0.1", r.shared()), r.agent("attacker", "127.0.0.2", r.shared())
		victim.digest = digestOf("a")
		Expect(attacker.report("b")).To(status(http.StatusNoContent))
	})
	unharmed := func() {
		GinkgoHelper()
		Expect(victim.beat()).To(status(http.StatusNoContent))
		Expect(victim.kept()).To(And(HaveField("Digest", digestOf("a")), HaveField("Peer", "127.0.0.1"), HaveField("Gone", BeZero())))
	}

	It("an agent speaks for no instance of another address, and the event names both sides once an hour", func() {
		attacker.instance = victim.instance
		refusedEverywhere(attacker, "the Director lists cf/cell/victim at another address than 127.0.0.2")
		Eventually(func() []string { return r.events("refused") }).Should(HaveExactElements(MatchRegexp(
			`^127\.0\.0\.2 with the certificate of CN=cert-health-agent \(issuer's key \w+\) claimed to be cf/cell/victim and was refused: the Director lists it at 127\.0\.0\.1, 10\.0\.0\.1$`)))
		Expect(r.roster.asked).To(Receive(), "the list may be old")
		unharmed()
		r.clock.Increment(59 * time.Minute)
		refusedEverywhere(attacker, "another address")
		r.clock.Increment(2 * time.Minute)
		refusedEverywhere(attacker, "another address")
		Eventually(func() []string { return r.events("refused") }).Should(HaveLen(2))
		r.clock.Increment(10 * time.Minute)
		Expect(attacker.beat()).To(status(http.StatusForbidden), "silence of the victim changes nothing")
	})

	It("an agent speaks for no instance that is not listed, or has no address", func() {
		for _, id := range []string{"unlisted", "stopped"} {
			attacker.instance.ID = id
			refusedEverywhere(attacker, "the Director")
		}
		attacker.instance.ID, attacker.instance.Deployment = "victim", "other"
		refusedEverywhere(attacker, "the Director does not list other/cell/victim")
		unharmed()
	})

	It("an agent cannot borrow the address by saying so", func() {
		attacker.instance = victim.instance // with its address in the report
		m := attacker.message("e")
		for _, header := range []string{"X-Forwarded-For", "X-Real-Ip", "Forwarded"} {
			Expect(attacker.post(uplink.ReportsPath, packed(encoded(m)), "Content-Encoding", "gzip", header, "127.0.0.1")).To(status(http.StatusForbidden))
		}
		unharmed()
	})

	It("an instance that is listed anew, or at another address, is taken in as soon as the list says so", func() {
		attacker.instance.ID = "new"
		refusedEverywhere(attacker, "does not list")
		r.roster.set(listed("victim", "agent-v", "127.0.0.1"), listed("new", "agent-n", "127.0.0.2"))
		Eventually(func() answer { return attacker.report("f") }).Should(status(http.StatusNoContent))
		unharmed()
	})

	It("a bosh-agent's own certificate speaks for its instance at any address, and for no other", func() {
		own := func(name string) *scenario.Pair {
			return scenario.Issue(scenario.Spec{CommonName: name, Client: true, Issuer: r.nats})
		}
		moved := r.agent("victim", "127.0.0.9", own("agent-v.agent.bosh-internal"))
		moved.sequence.Count = 1
		Expect(moved.report("c")).To(status(http.StatusNoContent))
		Expect(moved.beat()).To(status(http.StatusNoContent))
		refusedEverywhere(r.agent("victim", "127.0.0.1", own("agent-a.agent.bosh-internal")), "the bosh-agent of another VM than cf/cell/victim")
		Eventually(func() []string { return r.events("refused") }).Should(ContainElement(HaveSuffix("the Director lists it with the bosh-agent agent-v")))
		refusedEverywhere(r.agent("stopped", "127.0.0.1", own(".agent.bosh-internal")), "not that of a bosh-agent that has its own")
		for _, name := range []string{"agent-v.bootstrap.agent.bosh-internal", "default.director.bosh-internal", "default.hm.bosh-internal", "agent-v", "x.agent-v.agent.bosh-internal"} {
			refusedEverywhere(r.agent("victim", "127.0.0.1", own(name)), "not that of a bosh-agent that has its own")
		}
	})

	It("nothing is refused for good, and nothing taken, before the list is known", func() {
		r.roster = newRoster()
		r.start()
		a := r.agent("victim", "127.0.0.1", r.shared())
		a.digest = digestOf("a")
		Expect(a.beat()).To(And(status(http.StatusServiceUnavailable), HaveField("Pause", Not(BeEmpty()))))
		Expect(a.report("c")).To(status(http.StatusServiceUnavailable))
		r.roster.set(listed("victim", "agent-v", "127.0.0.1"))
		Eventually(a.beat).Should(status(http.StatusConflict))
	})
})

var _ = Describe("without a Director", func() {
	var r *rig
	var victim, attacker *agent
	BeforeEach(func() {
		r = newRig(newFile(), nil)
		victim, attacker = r.agent("victim", "127.0.0.1", r.shared()), r.agent("attacker", "127.0.0.2", r.shared())
		Expect(victim.report("a")).To(status(http.StatusNoContent))
	})
	const bound = "another address or client certificate speaks for cf/cell/victim"

	It("who comes first speaks for an instance, and none from another address or with another certificate", func() {
		attacker.instance = victim.instance
		refusedEverywhere(attacker, bound)
		other := scenario.Issue(scenario.Spec{CommonName: "other", Client: true, Issuer: r.ca})
		refusedEverywhere(r.agent("victim", "127.0.0.1", other), bound)
		Expect(victim.beat()).To(status(http.StatusNoContent))
		Expect(victim.kept().Digest).To(Equal(digestOf("a")))
		Eventually(func() []string { return r.events("refused") }).Should(HaveExactElements(MatchRegexp(
			`^127\.0\.0\.2 with .* claimed to be cf/cell/victim and was refused: it belongs to CN=cert-health-agent .* at 127\.0\.0\.1$`)))
	})

	It("a renewed certificate of the same name and issuer goes on", func() {
		renewed := r.agent("victim", "127.0.0.1", r.shared())
		renewed.sequence = victim.sequence
		Expect(renewed.report("b")).To(status(http.StatusNoContent))
		Expect(r.events("moved")).To(BeEmpty())
	})

	It("an agent that speaks for one instance speaks for no other", func() {
		victim.instance.ID = "unclaimed"
		refusedEverywhere(victim, "speak for cf/cell/victim")
	})

	It("a silent instance may move, which is an event", func() {
		r.clock.Increment(3*uplink.DefaultInterval + time.Second)
		attacker.instance = victim.instance
		Expect(attacker.report("b")).To(status(http.StatusNoContent))
		Eventually(func() []string { return r.events("moved") }).Should(HaveExactElements(MatchRegexp(
			`^cf/cell/victim was silent, and .* at 127\.0\.0\.2 speaks for it in place of .* at 127\.0\.0\.1$`)))
		refusedEverywhere(victim, bound)
	})

	It("no instance counts as silent because the hub was away", func() {
		r.clock.Increment(time.Hour)
		r.start()
		thief := r.agent("victim", "127.0.0.2", r.shared())
		refusedEverywhere(thief, bound)
		Expect(victim.again().beat()).To(status(http.StatusNoContent))
	})

	It("no instance belongs to a silent sender for as long as the hub's clock was set back", func() {
		r.clock = fakeclock.NewFakeClock(r.clock.Now().Add(-24 * time.Hour))
		r.start()
		mover := r.agent("victim", "127.0.0.2", r.shared())
		refusedEverywhere(mover, bound)
		r.clock.Increment(3*uplink.DefaultInterval + time.Second)
		Expect(mover.report("b")).To(status(http.StatusNoContent))
	})

	It("hubs agree who speaks for an instance", func() {
		second := *r
		second.start()
		late := r.agent("late", "127.0.0.3", r.shared())
		Expect(late.report("a")).To(status(http.StatusNoContent))
		thief := second.agent("late", "127.0.0.4", r.shared())
		Expect(thief.report("b")).To(status(http.StatusForbidden))
		Eventually(func() answer { moved := late.again(); moved.rig = &second; return moved.beat() }).Should(status(http.StatusNoContent))
	})

	It("a removed instance is sent whole again", func() {
		Expect(r.db.RemoveInstances(ctx, []inventory.InstanceKey{victim.key()})).To(Succeed())
		Eventually(victim.beat).Should(status(http.StatusConflict))
		Expect(victim.report("b")).To(status(http.StatusNoContent))
	})
})

var _ = Describe("a client certificate", func() {
	var r *rig
	BeforeEach(func() { r = newRig(newFile(), nil) })

	It("is needed", func() {
		refusedEverywhere(r.agent("a", "127.0.0.1", nil), "no client certificate")
	})

	DescribeTable("that is not good for an agent is refused by the listener", func(spec func() scenario.Spec) {
		a := r.agent("a", "127.0.0.1", scenario.Issue(spec()))
		_, err := a.try(uplink.HeartbeatsPath, http.NoBody)
		Expect(err).To(HaveOccurred())
	},
		Entry("of a foreign CA", func() scenario.Spec {
			return scenario.Spec{CommonName: "x", Client: true, Issuer: scenario.Issue(scenario.Spec{CommonName: "agents", CA: true})}
		}),
		Entry("of a server", func() scenario.Spec { return scenario.Spec{CommonName: "hub", Server: true, Issuer: r.ca} }),
		Entry("that has expired", func() scenario.Spec {
			return scenario.Spec{CommonName: "x", Client: true, Issuer: r.ca, NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: time.Now().Add(-time.Hour)}
		}),
	)

	It("that has expired since the session began is refused", func() {
		pair := scenario.Issue(scenario.Spec{CommonName: "x", Client: true, Issuer: r.ca, NotAfter: time.Now().Add(24 * time.Hour)})
		a := r.agent("a", "127.0.0.1", pair)
		Expect(a.report("a")).To(status(http.StatusNoContent))
		r.clock.Increment(25 * time.Hour)
		refusedEverywhere(a, "has expired")
	})
})
