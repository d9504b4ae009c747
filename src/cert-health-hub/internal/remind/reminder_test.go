package remind

import (
	"fmt"
	"net/http"
	"time"

	"github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"pgregory.net/rapid"

	"cert-health/internal/verdict"
)

var _ = ginkgo.Describe("a rule", func() {
	var r *rig
	ginkgo.BeforeEach(func() { r = newRig() })

	ginkgo.It("tells what is new, once, with names, places and commands", func() {
		r.entries = []Entry{expiring("bbs", 5), expiring("rep", -1)}
		sent := r.pass(0)
		Expect(sent).To(HaveLen(1))
		Expect(sent[0]).To(And(HavePrefix(`/hook {"id":"`), ContainSubstring(`"kind":"news"`), ContainSubstring("1 expired, 1 expiring (2 new)"),
			ContainSubstring(`cert-health x509 renew:\n- new: rep: expired\n  at vault secret/cf/rep:certificate\n  next: cert-health x509 renew secret/cf/rep\n- new: bbs`),
			ContainSubstring(`https://hub/certificates`)))
		Expect(r.pass(time.Hour)).To(BeEmpty(), "never the same list at each look")
	})

	ginkgo.It("tells again when an entry becomes graver, and marks only that as new", func() {
		r.entries = []Entry{expiring("bbs", 5), expiring("rep", 6)}
		r.pass(0)
		r.entries[0] = expiring("bbs", -1)
		sent := r.pass(time.Hour)
		Expect(sent).To(ConsistOf(And(ContainSubstring("1 expired, 1 expiring (1 new)"), ContainSubstring("- new: bbs"), ContainSubstring("- rep"))))
	})

	ginkgo.It("reminds after a day, and says when all is repaired", func() {
		r.entries = []Entry{expiring("bbs", 5)}
		r.pass(0)
		Expect(r.pass(23 * time.Hour)).To(BeEmpty())
		Expect(r.pass(time.Hour)).To(ConsistOf(ContainSubstring("still open: 1 expiring")))
		r.entries = nil
		Expect(r.pass(time.Minute)).To(ConsistOf(And(ContainSubstring("all clear: 1 repaired"), ContainSubstring(`"repaired":["bbs"]`))))
		Expect(r.pass(48 * time.Hour)).To(BeEmpty())
	})

	ginkgo.It("does not say that all is repaired when nothing can be seen", func() {
		r.entries = []Entry{expiring("bbs", 5)}
		r.pass(0)
		r.entries, r.blind = nil, errGone
		Expect(r.pass(time.Hour)).To(BeEmpty())
		r.entries, r.blind = []Entry{expiring("bbs", 5)}, nil
		Expect(r.pass(time.Hour)).To(BeEmpty())
	})

	ginkgo.It("sends no reminder and no all-clear if it must not", func() {
		r.rule.NoReminders, r.rule.NoAllClear = true, true
		r.restart()
		r.entries = []Entry{expiring("bbs", 5)}
		Expect(r.pass(0)).To(HaveLen(1))
		Expect(r.pass(240 * time.Hour)).To(BeEmpty())
		r.entries = nil
		Expect(r.pass(time.Hour)).To(BeEmpty())
	})

	ginkgo.It("repeats nothing and loses nothing over a restart", func() {
		r.entries = []Entry{expiring("bbs", 5)}
		Expect(r.pass(0)).To(HaveLen(1))
		r.restart()
		Expect(r.pass(time.Hour)).To(BeEmpty())
		r.restart()
		r.entries = nil
		Expect(r.pass(time.Hour)).To(ConsistOf(ContainSubstring("all clear")))
	})

	ginkgo.It("tells at its thresholds, each limited to a third of the lifetime", func() {
		r.rule.Thresholds = []time.Duration{30 * 24 * time.Hour, 7 * 24 * time.Hour}
		r.restart()
		r.entries = []Entry{expiring("far", 31), expiring("near", 20)}
		day := Entry{Key: "day", Name: "day", NotBefore: at.Add(-12 * time.Hour), NotAfter: at.Add(12 * time.Hour)}
		r.entries = append(r.entries, day)
		Expect(r.pass(0)).To(ConsistOf(And(ContainSubstring("near"), Not(ContainSubstring("far")), Not(ContainSubstring(`"name":"day"`)))))
		r.rule.NoReminders = true
		r.restart()
		Expect(r.pass(14 * 24 * time.Hour)).To(ConsistOf(And(ContainSubstring("- new: near"), ContainSubstring("- new: far"), ContainSubstring("- new: day"))))
	})

	ginkgo.It("looks at its times only, in its time zone, and once for times that it missed", func() {
		r.rule.OnChange, r.rule.Schedule, r.rule.TimeZone = false, "0 9 * * *", "Europe/Berlin"
		r.restart()
		r.entries = []Entry{expiring("bbs", 5)}
		Expect(r.pass(0)).To(BeEmpty())
		Expect(r.pass(time.Date(2026, 11, 26, 7, 59, 0, 0, time.UTC).Sub(at))).To(BeEmpty())
		Expect(r.pass(time.Minute)).To(HaveLen(1), "it is 9:00 in Berlin")
		r.restart()
		Expect(r.pass(72*time.Hour)).To(ConsistOf(ContainSubstring("still open")), "once for three missed times")
	})

	ginkgo.It("does not miss the first time of a new rule while no hub runs", func() {
		r.rule.OnChange, r.rule.Schedule = false, "0 9 * * *"
		r.restart()
		r.entries = []Entry{expiring("bbs", 5)}
		Expect(r.pass(0)).To(BeEmpty())
		r.restart()
		Expect(r.pass(10 * time.Hour)).To(HaveLen(1))
	})

	ginkgo.It("lists 20 entries, the new ones first, and counts the others", func() {
		for i := range 30 {
			r.entries = append(r.entries, expiring(fmt.Sprintf("old-%02d", i), 1))
		}
		r.pass(0)
		r.entries = append(r.entries, expiring("fresh", 20))
		Expect(r.pass(time.Hour)).To(ConsistOf(And(ContainSubstring("- new: fresh"), ContainSubstring("and 11 more"))))
	})

	ginkgo.It("shows no control characters of names", func() {
		e := expiring("bbs", 5)
		e.Name = "a\x1b[31m\nb\u202ec"
		r.entries = []Entry{e}
		sent := r.pass(0)
		Expect(sent[0]).NotTo(Or(ContainSubstring("\x1b"), ContainSubstring(`new: a\n`)))
	})
})

var _ = ginkgo.Describe("a message that is not delivered", func() {
	ginkgo.It("waits, is tried again, and comes once", func() {
		r := newRig(http.StatusServiceUnavailable, http.StatusTooManyRequests)
		r.entries = []Entry{expiring("bbs", 5)}
		Expect(r.pass(0)).To(BeEmpty())
		Expect(r.pass(time.Second)).To(BeEmpty(), "not before its pause is over")
		r.restart()
		Expect(r.pass(time.Minute)).To(BeEmpty())
		Expect(r.pass(time.Hour)).To(HaveLen(1))
		Expect(r.pass(time.Hour)).To(BeEmpty())
		Expect(r.Stats()).To(ConsistOf(And(HaveField("Delivered", 1), HaveField("Failed", 1), HaveField("Pending", 0))))
	})

	ginkgo.It("is given up when the receiver refuses it", func() {
		r := newRig(http.StatusBadRequest)
		r.entries = []Entry{expiring("bbs", 5)}
		Expect(r.pass(0)).To(BeEmpty())
		Expect(r.pass(time.Hour)).To(BeEmpty())
		Expect(r.Stats()[0].Dropped).To(Equal(1))
	})

	ginkgo.It("is not sent before its state is stored", func() {
		r := newRig()
		r.entries = []Entry{expiring("bbs", 5)}
		r.shelf.fail(errGone)
		Expect(r.pass(0)).To(BeEmpty())
		r.shelf.fail(nil)
		Expect(r.pass(time.Minute)).To(HaveLen(1))
		r.restart()
		Expect(r.pass(time.Minute)).To(BeEmpty())
	})
})

var _ = ginkgo.Describe("all messages of a rule together", func() {
	ginkgo.It("tell every entry that was open, and an all-clear only when none is", func() {
		rapid.Check(ginkgo.GinkgoT(), func(t *rapid.T) {
			rule, s, told := Rule{Name: "all"}, state{}, map[string]int{}
			for step := range rapid.IntRange(1, 20).Draw(t, "steps") {
				now := at.Add(time.Duration(step) * time.Hour)
				open := map[string]int{}
				var entries []Entry
				for _, name := range rapid.SliceOfDistinct(rapid.SampledFrom([]string{"a", "b", "c"}), rapid.ID[string]).Draw(t, "open") {
					severity := rapid.IntRange(2, 4).Draw(t, "severity")
					open[name] = severity
					entries = append(entries, Entry{Key: name, Name: name, Severity: verdict.Severity(severity)})
				}
				after, message := rule.look(s, entries, now)
				if message != nil && message.Kind != AllClear {
					for name, severity := range open {
						told[name] = max(told[name], severity)
					}
				}
				for name, severity := range open {
					if told[name] < severity {
						t.Fatalf("%s is open and was not told", name)
					}
				}
				if message != nil && message.Kind == AllClear && len(open) > 0 {
					t.Fatal("all clear, and something is open")
				}
				for name := range told {
					if _, still := open[name]; !still {
						delete(told, name)
					}
				}
				s = after
			}
		})
	})
})
