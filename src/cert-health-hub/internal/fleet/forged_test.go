package fleet_test

import (
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/fleet"
	"cert-health/internal/cert"
	"cert-health/internal/verdict"
)

var _ = Describe("an instance that lies", func() {
	var w *world
	BeforeEach(func() { w = newWorld() })

	It("clears no other one: the agent there knows better", func() {
		w.report("cf/cell/a", of("bbs", 1, compared(cert.Stale, 1, 2)))
		w.report("cf/cell/liar", of("bbs", 1, compared(cert.Current, 999, 999)))
		Expect(w.row()).To(And(HaveField("State", fleet.AwaitingDeploy), HaveField("OnCurrent", 1), HaveField("Behind", 1)))
	})

	It("makes nothing current that the hub's own source knows as an old version", func() {
		w.secret("secret/cf/bbs", "bbs", 1, 2)
		w.report("cf/cell/a", of("bbs", 1, compared(cert.Current, 1, 1)))
		w.report("cf/cell/liar", of("bbs", 1, compared(cert.Current, 999, 999)))
		Expect(w.row()).To(And(HaveField("State", fleet.AwaitingDeploy), HaveField("OnCurrent", 0), HaveField("Behind", 2)))
	})

	It("cannot keep current what another one calls stale, while the hub's own source lags behind", func() {
		w.secret("secret/cf/bbs", "bbs", 1)
		w.report("cf/cell/a", of("bbs", 1, compared(cert.Stale, 1, 2)))
		w.report("cf/cell/liar", of("bbs", 1, compared(cert.Current, 999, 999)))
		Expect(w.row()).To(HaveField("State", fleet.AwaitingDeploy))
	})

	It("is not one that sees a newer version with the same certificate, such as of a CA whose serial number rose", func() {
		w.secret("secret/cf/bbs", "bbs", 1)
		w.report("cf/cell/a", of("bbs", 1, compared(cert.Current, 2, 2)))
		w.report("cf/cell/b", of("bbs", 1, compared(cert.Current, 2, 2)))
		Expect(w.row()).To(And(HaveField("State", fleet.Current), HaveField("OnCurrent", 2), HaveField("Behind", 0)))
	})

	It("hides no end of validity", func() {
		w.report("cf/cell/a", of("bbs", -3))
		w.report("cf/cell/liar", of("bbs", -3, compared(cert.Current, 999, 999)))
		Expect(w.row()).To(And(HaveField("Expired", 2), HaveField("Severity", verdict.Critical)))
	})

	It("tells no one what to type", func() {
		step := func(command string) verdict.Step {
			return verdict.Step{Run: []string{command}, Stage: verdict.Deploying}
		}
		for _, id := range []string{"b", "c"} {
			w.report("cf/cell/"+id, of("bbs", 1, compared(cert.Stale, 1, 2), finding(verdict.Stale, verdict.Error, step("deploy-cf"))))
		}
		w.report("cf/cell/a", of("bbs", 1, compared(cert.Stale, 1, 2), finding(verdict.Stale, verdict.Error, step("a-curse"))))
		Expect(verdict.Join(w.row().Next)).To(Equal("deploy-cf"))
	})

	It("writes nothing to a terminal", func() {
		w.report("cf/cell/a", of("bbs\x1b[2J", -3, in("a\x1b\n\tb")))
		v := w.view()
		cell := v.Cells(v.Rows()[0])[0]
		Expect(v.Summary().Sentence + v.Rows()[0].Name + strings.Join(cell.Places, "")).NotTo(MatchRegexp(`[\x00-\x1f]`))
		Expect(cell.Places).To(HaveLen(1))
	})
})
