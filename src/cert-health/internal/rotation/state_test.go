package rotation_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
	"cert-health/internal/rotation"
	"cert-health/internal/survey"
)

// told is the part of a state that the tables look at.
type told struct {
	phase, within rotation.Phase
	current       rotation.StepName
	offered       bool
	waiting       string
}

func tell(s rotation.State) told {
	var names []string
	for _, b := range s.Waiting() {
		names = append(names, b.Name)
	}
	return told{s.Phase, s.Within, s.Current, s.Offered, strings.Join(names, " ")}
}

var _ = Describe("a rotation", func() {
	both := func(trusts, has, shows string) []vm {
		return []vm{{name: "a", trusts: trusts, has: has, shows: shows}, {name: "b", trusts: trusts, has: has, shows: shows}}
	}
	with := func(vms []vm, more ...vm) []vm { return append(slices.Clone(vms), more...) }

	DescribeTable("is in the state that store and VMs show", func(bundle, signs, leaves string, vms []vm, expected told) {
		Expect(tell(rotation.Of(newCast().input(bundle, signs, leaves, vms...)))).To(Equal(expected))
	},
		// The right order.
		Entry("begun, and the new CA not handed out", "o", "o", "oo", both("o", "o", "o"),
			told{rotation.Distributing, rotation.Distributing, rotation.Add, true, ""}),
		Entry("handed out, and deployed nowhere", "oy", "o", "oo", both("o", "o", "o"),
			told{rotation.Distributing, rotation.Distributing, rotation.Distribute, false, "a/0 b/0"}),
		Entry("deployed to one VM", "oy", "o", "oo", []vm{{name: "a", trusts: "oy", has: "o"}, {name: "b", trusts: "o", has: "o"}},
			told{rotation.Distributing, rotation.Distributing, rotation.Distribute, false, "b/0"}),
		Entry("deployed everywhere", "oy", "o", "oo", both("oy", "o", "o"),
			told{rotation.Ready, rotation.Ready, rotation.Switch, true, ""}),
		Entry("the new CA signs", "yo", "y", "oo", both("oy", "o", "o"),
			told{rotation.Renewing, rotation.Renewing, rotation.Renew, true, "secret/a secret/b"}),
		Entry("one leaf is renewed", "yo", "y", "yo", both("oy", "o", "o"),
			told{rotation.Renewing, rotation.Renewing, rotation.Renew, true, "secret/b"}),
		Entry("all leaves are renewed", "yo", "y", "yy", both("oy", "o", "o"),
			told{rotation.Renewing, rotation.Renewing, rotation.Show, false, "a/0 b/0"}),
		Entry("files are new, and a process is not", "yo", "y", "yy", both("yo", "y", "o"),
			told{rotation.Renewing, rotation.Renewing, rotation.Show, false, "a/0 b/0"}),
		Entry("all VMs show new leaves", "yo", "y", "yy", both("yo", "y", "y"),
			told{rotation.Retiring, rotation.Retiring, rotation.Drop, true, ""}),
		Entry("the old CA is no longer handed out", "y", "y", "yy", both("yo", "y", "y"),
			told{rotation.Retiring, rotation.Retiring, rotation.Clear, false, "a/0 b/0"}),
		Entry("the end", "y", "y", "yy", both("y", "y", "y"),
			told{rotation.Normal, rotation.Normal, "", false, ""}),

		// VMs whose agent is silent.
		Entry("a silent VM holds back the first deploy", "oy", "o", "oo", with(both("oy", "o", "o"), vm{name: "c", trusts: "oy", standing: "silent"}),
			told{rotation.Blocked, rotation.Distributing, rotation.Distribute, false, "c/0"}),
		Entry("an ignored one", "oy", "o", "oo", with(both("oy", "o", "o"), vm{name: "c", trusts: "o", standing: "ignored"}),
			told{rotation.Blocked, rotation.Distributing, rotation.Distribute, false, "c/0"}),
		Entry("a stopped one", "yo", "y", "yy", with(both("yo", "y", "y"), vm{name: "c", has: "o", standing: "stopped"}),
			told{rotation.Blocked, rotation.Renewing, rotation.Show, false, "c/0"}),
		Entry("a missing one, of which nothing is known", "oy", "o", "oo", with(both("oy", "o", "o"), vm{name: "c", standing: "missing"}),
			told{rotation.Blocked, rotation.Distributing, rotation.Distribute, false, "c/0"}),
		Entry("a silent one that has nothing of this CA", "oy", "o", "oo", with(both("oy", "o", "o"), vm{name: "c", standing: "silent"}),
			told{rotation.Ready, rotation.Ready, rotation.Switch, true, ""}),
		Entry("a silent one beside one that a deploy reaches", "oy", "o", "oo", []vm{{name: "a", trusts: "o"}, {name: "c", trusts: "o", standing: "silent"}},
			told{rotation.Distributing, rotation.Distributing, rotation.Distribute, false, "a/0 c/0"}),
		Entry("one that became silent after the switch", "yo", "y", "oo", with(both("oy", "o", "o"), vm{name: "c", trusts: "oy", standing: "silent"}),
			told{rotation.Blocked, rotation.Renewing, rotation.Distribute, false, "c/0"}),

		// The wrong orders.
		Entry("leaves renewed before their CA is handed out", "o", "o", "yy", both("o", "o", "o"),
			told{rotation.Blocked, rotation.Distributing, rotation.Add, false, ""}),
		Entry("leaves renewed before their CA is deployed", "yo", "y", "yy", both("o", "o", "o"),
			told{rotation.Blocked, rotation.Renewing, rotation.Distribute, false, "a/0 b/0"}),
		Entry("the old CA removed while its leaves are there", "y", "y", "oo", both("oy", "o", "o"),
			told{rotation.Renewing, rotation.Renewing, rotation.Add, true, ""}),
		Entry("the CA replaced and not added", "y", "y", "oo", both("o", "o", "o"),
			told{rotation.Renewing, rotation.Renewing, rotation.Add, true, ""}),
		Entry("all replaced at once, and deployed to one VM", "y", "y", "yy", []vm{{name: "a", trusts: "y", has: "y"}, {name: "b", trusts: "o", has: "o"}},
			told{rotation.Blocked, rotation.Renewing, rotation.Add, false, ""}),
	)

	It("lets each instance be accepted by its name or its key, and no other", func() {
		vms := []vm{{name: "a", trusts: "o"}, {name: "b", trusts: "o", standing: "silent"}, {name: "c", trusts: "oy"}}
		in := newCast().input("oy", "o", "o", vms...)
		in.Accepted = []string{"b/0"}
		Expect(tell(rotation.Of(in))).To(Equal(told{rotation.Distributing, rotation.Distributing, rotation.Distribute, false, "a/0"}))
		in.Accepted = []string{"b/0", "cf/a/id"}
		s := rotation.Of(in)
		Expect(s.Offered).To(BeTrue())
		Expect(s.Step(rotation.Distribute)).To(And(HaveField("Done", 1), HaveField("Accepted", 2), HaveField("Total", 3)))
	})

	It("counts the bars", func() {
		s := rotation.Of(newCast().input("oy", "o", "ooy", vm{name: "a", trusts: "oy", has: "o"}, vm{name: "b", trusts: "o", has: "o"}))
		var bars []string
		for _, step := range s.Steps {
			bars = append(bars, strings.Repeat("#", step.Done)+strings.Repeat(".", step.Total-step.Done))
		}
		Expect(bars).To(Equal([]string{"##", "#.", ".", "#..", "..", ".", ".."}))
	})

	It("takes no step on faith if no VM is seen", func() {
		in := newCast().input("oy", "o", "o")
		Expect(tell(rotation.Of(in))).To(Equal(told{rotation.Blocked, rotation.Distributing, rotation.Distribute, false, "every VM"}))
		in.WithoutVMs = true
		Expect(tell(rotation.Of(in))).To(Equal(told{rotation.Ready, rotation.Ready, rotation.Switch, true, ""}))
	})

	It("names what was done in the wrong order, and who is broken", func() {
		c := newCast()
		s := rotation.Of(c.input("yo", "y", "yo", vm{name: "a", trusts: "oy", has: "y"}, vm{name: "b", trusts: "o", has: "o"}))
		Expect(s.Broken).To(ConsistOf("b/0 does not trust the new CA, and 1 VM has certificates that it signed: they refuse each other"))
		s = rotation.Of(c.input("y", "y", "yo", vm{name: "a", trusts: "y", has: "y"}, vm{name: "b", trusts: "oy", has: "o"}))
		Expect(s.Broken).To(ConsistOf("a/0 does no longer trust the old CA, and certificates that it signed are still there"))
	})

	It("goes back from every state", func() {
		c := newCast()
		back := func(bundle, signs, leaves string, vms ...vm) told {
			in := c.input(bundle, signs, leaves, vms...)
			in.Back = true
			return tell(rotation.Of(in))
		}
		Expect(back("oy", "o", "oo", both("oy", "o", "o")...)).To(Equal(told{rotation.Retiring, rotation.Retiring, rotation.Drop, true, ""}))
		Expect(back("yo", "y", "yo", both("oy", "o", "o")...)).To(Equal(told{rotation.Ready, rotation.Ready, rotation.Switch, true, ""}))
		Expect(back("oy", "o", "yo", both("oy", "o", "o")...)).To(Equal(told{rotation.Renewing, rotation.Renewing, rotation.Renew, true, "secret/a"}))
		Expect(back("oy", "o", "oo", both("oy", "y", "y")...)).To(Equal(told{rotation.Renewing, rotation.Renewing, rotation.Show, false, "a/0 b/0"}))
		in := c.input("y", "y", "yy", both("yo", "y", "y")...)
		in.Back, in.Store.Kept = true, in.Store.Old
		Expect(tell(rotation.Of(in))).To(Equal(told{rotation.Distributing, rotation.Distributing, rotation.Add, true, ""}))
		Expect(back("o", "o", "oo", both("o", "o", "o")...)).To(Equal(told{rotation.Normal, rotation.Normal, "", false, ""}))
		Expect(rotation.Of(c.input("y", "y", "yy", both("y", "y", "y")...)).Back).To(BeFalse())
	})

	It("takes an expired old CA for what it is: nothing is lost by going on", func() {
		c := newCast()
		c.old.NotAfter = now().AddDate(0, 0, -1)
		Expect(tell(rotation.Of(c.input("oy", "o", "oo", both("o", "o", "o")...)))).To(Equal(told{rotation.Ready, rotation.Ready, rotation.Switch, true, ""}))
	})

	It("does not go on with a new CA that has ended or not begun", func() {
		c := newCast()
		c.young.NotAfter = now()
		Expect(rotation.Of(c.input("oy", "o", "oo", both("oy", "o", "o")...)).Phase).To(Equal(rotation.Blocked))
		c = newCast()
		c.young.NotBefore = now().Add(time.Hour)
		Expect(rotation.Of(c.input("oy", "o", "oo", both("oy", "o", "o")...)).Offered).To(BeFalse())
	})

	It("needs no new leaves if the CA was renewed with its key", func() {
		c := newCast()
		c.young.KeyID = c.old.KeyID
		Expect(tell(rotation.Of(c.input("y", "y", "oo", both("o", "o", "o")...)))).To(Equal(told{rotation.Retiring, rotation.Retiring, rotation.Clear, false, "a/0 b/0"}))
		Expect(tell(rotation.Of(c.input("y", "y", "oo", both("y", "o", "o")...)))).To(Equal(told{rotation.Normal, rotation.Normal, "", false, ""}))
	})

	It("takes the trust store of a VM for one bundle, although it has one CA in each file", func() {
		c := newCast()
		in := c.input("oy", "o", "o", vm{name: "a", trusts: "oy"})
		for n := range in.Survey.Instances[0].Places {
			p := &in.Survey.Instances[0].Places[n]
			p.Job, p.File, p.Class = "", fmt.Sprintf("/etc/ssl/certs/%d.pem", n), cert.TrustFile
		}
		Expect(tell(rotation.Of(in)).current).To(Equal(rotation.Switch))
		in.Survey.Instances[0].Places = in.Survey.Instances[0].Places[:1]
		Expect(rotation.Of(in)).To(HaveField("Next", "deploy cf"))
	})

	It("says what the store does not renew by itself", func() {
		in := newCast().input("yo", "y", "oo", both("oy", "o", "o")...)
		for n := range in.Store.Leaves {
			in.Store.Leaves[n].Why = "its key is not in the store"
		}
		s := rotation.Of(in)
		Expect(s.Phase).To(Equal(rotation.Blocked))
		Expect(s.Offered).To(BeFalse())
	})

	It("shows the VMs without a store, and offers nothing", func() {
		c := newCast()
		s := &survey.Survey{At: now(), Certificates: []*survey.Certificate{c.old, c.young}, Instances: []*survey.Instance{c.instance(vm{name: "a", trusts: "o", has: "o"})}}
		store, err := rotation.StoreOf(s, "CN=cf_ca")
		Expect(err).NotTo(HaveOccurred())
		state := rotation.Of(rotation.Input{Store: store, Survey: s})
		Expect(tell(state)).To(Equal(told{rotation.Distributing, rotation.Distributing, rotation.Distribute, false, "a/0"}))
		Expect(state.Blind).NotTo(BeEmpty())
		_, err = rotation.StoreOf(s, "CN=other")
		Expect(err).To(MatchError(ContainSubstring("no CA CN=other is known")))
	})
})
