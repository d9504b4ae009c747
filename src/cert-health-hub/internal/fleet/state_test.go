package fleet_test

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/fleet"
	"cert-health/internal/cert"
	"cert-health/internal/report"
	"cert-health/internal/verdict"
)

var _ = Describe("the state of a certificate", func() {
	var w *world
	BeforeEach(func() { w = newWorld() })

	// expect checks the row's state, severity, sentence and steps.
	expect := func(state fleet.State, severity verdict.Severity, sentence, next string) *fleet.Row {
		GinkgoHelper()
		row := w.row()
		Expect(row.State).To(Equal(state))
		Expect(row.Severity).To(Equal(severity))
		Expect(row.Sentence).To(Equal(sentence))
		Expect(verdict.Join(row.Next)).To(Equal(next))
		return row
	}
	const deploy = "merge the manifest anew, then: bosh -d cf deploy MANIFEST"

	It("is current if files and processes have what the store holds", func() {
		w.report("cf/cell/a", of("bbs", 2, compared(cert.Current, 2, 2), serves("bbs", 2)))
		row := expect(fleet.Current, verdict.OK, "current on 1 instance", "")
		Expect(row.Percent).To(Equal(100))
		Expect(row.Groups[0].ServingCurrent).To(Equal(1))
	})

	It("awaits a deploy if an agent has seen a newer version", func() {
		w.report("cf/cell/a", of("bbs", 1, compared(cert.Stale, 1, 2), finding(verdict.Stale, verdict.Error)))
		row := expect(fleet.AwaitingDeploy, verdict.Error, "bbs is out of date on cell/a; renewed in Vault 2 days ago; no deploy has brought it to any instance yet", deploy)
		Expect(row.Current).To(And(HaveField("Number", 2), HaveField("InStore", true), HaveField("Fingerprint", "")))
		Expect(row.Why).To(Equal("secret/cf/bbs holds version 2"))
	})

	It("awaits a deploy if the hub's source has seen a newer version before the agent", func() {
		w.secret("secret/cf/bbs", "bbs", 1, 2)
		w.report("cf/cell/a", of("bbs", 1, compared(cert.Current, 1, 1)))
		row := expect(fleet.AwaitingDeploy, verdict.Error, "bbs is out of date on cell/a; renewed in Vault 18 days ago; no deploy has brought it to any instance yet", deploy)
		Expect(row.OnCurrent).To(BeZero())
	})

	It("awaits a deploy if no agent compares, and the hub's source knows the old version", func() {
		w.secret("secret/cf/bbs", "bbs", 1, 19)
		w.report("cf/cell/a", of("bbs", 1))
		w.report("cf/cell/b", of("bbs", 19))
		row := expect(fleet.AwaitingDeploy, verdict.Error, "bbs is out of date on 1 of 2 cells; renewed in Vault 24 hours ago; the deploy reached 1 of 2 cells, and cell/a is next",
			"if a deploy still runs, wait for its end: bosh -d cf tasks, then "+deploy)
		Expect(row).To(And(HaveField("Store", "secret/cf/bbs"), HaveField("Percent", 50)))
	})

	It("is information within the grace", func() {
		w.secret("secret/cf/bbs", "bbs", 1, 20)
		w.report("cf/cell/a", of("bbs", 1))
		expect(fleet.AwaitingDeploy, verdict.Info, "bbs is out of date on cell/a; renewed in Vault now; no deploy has brought it to any instance yet", deploy)
	})

	It("believes the newest version that anybody has seen", func() {
		w.secret("secret/cf/bbs", "bbs", 1)
		w.report("cf/cell/a", of("bbs", 1, compared(cert.Current, 1, 1)))
		w.report("cf/cell/b", of("bbs", 2, compared(cert.Current, 2, 2)))
		row := w.row()
		Expect(row).To(And(HaveField("State", fleet.AwaitingDeploy), HaveField("OnCurrent", 1), HaveField("Behind", 1)))
	})

	It("awaits a restart if a process serves an older version", func() {
		w.report("cf/cell/a", of("bbs", 2, compared(cert.Current, 2, 2), serves("bbs", 1)))
		row := expect(fleet.AwaitingRestart, verdict.Error, "bbs is not loaded by processes on cell/a; the files have the current version, and processes still serve an older one",
			"bosh -d cf restart cell/a, or run `monit restart rep` on it")
		Expect(row).To(And(HaveField("OnCurrent", 1), HaveField("Percent", 100)))
		Expect(row.Groups[0].Laggards[0].Process.Number).To(Equal(1))
	})

	It("awaits a restart of a whole group with one command", func() {
		for _, id := range []string{"a", "b", "c", "d"} {
			w.report("cf/cell/"+id, of("bbs", 2, compared(cert.Current, 2, 2), serves("bbs", -1)))
		}
		expect(fleet.AwaitingRestart, verdict.Critical, "bbs has expired in processes on 4 of 4 cells; renewed in Vault", "bosh -d cf restart cell")
		w.report("cf/cell/e", of("bbs", 2, compared(cert.Current, 2, 2), serves("bbs", 2)))
		Expect(verdict.Join(w.row().Next)).To(Equal("bosh -d cf restart cell/a, then bosh -d cf restart cell/b, then bosh -d cf restart cell/c, then do the same for the other 1 instance"))
	})

	It("awaits renewal if it has expired and the store holds nothing newer", func() {
		w.report("cf/cell/a", of("bbs", -3, compared(cert.Current, 1, 1)))
		row := expect(fleet.AwaitingRenewal, verdict.Critical, "bbs expired on cell/a; Vault holds nothing newer", "cert-health x509 renew secret/cf/bbs, then "+deploy)
		Expect(row).To(And(HaveField("OnCurrent", 1), HaveField("Expired", 1)))
	})

	It("awaits renewal if what the store holds has expired too", func() {
		w.secret("secret/cf/bbs", "bbs", -9, -3)
		w.report("cf/cell/a", of("bbs", -9, compared(cert.Stale, 1, 2)))
		Expect(w.row()).To(And(HaveField("State", fleet.AwaitingRenewal), HaveField("Severity", verdict.Critical)))
	})

	It("awaits renewal with the agent's own steps", func() {
		w.report("cf/cell/a", of("bbs", -3, compared(cert.Current, 1, 1), finding(verdict.Expired, verdict.Critical,
			verdict.Step{Run: []string{"cert-health", "x509", "renew", "secret/cf/bbs", "--signed-by", "secret/ca"}, Stage: verdict.Renewing},
			verdict.Step{Run: []string{"up"}, Stage: verdict.Deploying})))
		expect(fleet.AwaitingRenewal, verdict.Critical, "bbs expired on cell/a; Vault holds nothing newer", "cert-health x509 renew secret/cf/bbs --signed-by secret/ca, then up")
	})

	It("awaits renewal if it expires, as soon as the threshold is reached", func() {
		w.report("cf/cell/a", of("bbs", 1, compared(cert.Current, 1, 1)))
		w.Now = now.Add(296 * day)
		w.Pulses["cf/cell/a"] = pulse("cf/cell/a", w.Now)
		expect(fleet.AwaitingRenewal, verdict.Error, "bbs expires in 5 days on cell/a; Vault holds nothing newer yet", "cert-health x509 renew secret/cf/bbs, then "+deploy)
	})

	It("is changed by hand if the store has never held it", func() {
		w.report("cf/cell/a", of("bbs", 2, compared(cert.Current, 2, 2)))
		w.report("cf/cell/b", of("bbs", 7, compared(cert.Unexpected, 0, 2), finding(verdict.Unexpected, verdict.Error)))
		expect(fleet.ByHand, verdict.Error, "bbs was changed by hand on 1 of 2 cells; Vault has never held it", "to put the store's version back: bosh -d cf recreate cell/b")
	})

	It("is changed by hand if no agent compares, and it is newer than what the store holds", func() {
		w.secret("secret/cf/bbs", "bbs", 1, 2)
		w.report("cf/cell/a", of("bbs", 2))
		w.report("cf/cell/b", of("bbs", 7))
		Expect(w.row()).To(And(HaveField("State", fleet.ByHand), HaveField("Behind", 1)))
	})

	It("is current if the store has it by now, whatever the agent says", func() {
		w.secret("secret/cf/bbs", "bbs", 1, 7)
		w.report("cf/cell/b", of("bbs", 7, compared(cert.Unexpected, 0, 1)))
		Expect(w.row()).To(And(HaveField("State", fleet.Current), HaveField("Percent", 100)))
	})

	It("is rolled back if a newer one was there before", func() {
		w.report("cf/cell/a", of("bbs", 2, compared(cert.Current, 2, 2)))
		w.report("cf/cell/a", of("bbs", 1, compared(cert.Stale, 1, 2), finding(verdict.Stale, verdict.Error)))
		expect(fleet.RolledBack, verdict.Error, "bbs is rolled back on cell/a; a newer one was there before", deploy)
		w.report("cf/cell/a", of("bbs", 1, compared(cert.Stale, 1, 2), finding(verdict.Stale, verdict.Error)))
		Expect(w.row().State).To(Equal(fleet.RolledBack), "it is remembered")
		w.report("cf/cell/a", of("bbs", 2, compared(cert.Current, 2, 2)))
		Expect(w.row().State).To(Equal(fleet.Current))
	})

	It("is rolled back if the store went back", func() {
		w.secret("secret/cf/bbs", "bbs", 1, 5, 1)
		w.report("cf/cell/a", of("bbs", 5))
		Expect(w.row()).To(And(HaveField("State", fleet.RolledBack), HaveField("Sentence", HavePrefix("bbs is rolled back on cell/a; Vault went back to an older version"))))
		w.report("cf/cell/a", of("bbs", 1))
		Expect(w.row().State).To(Equal(fleet.Current))
	})

	It("is unknown if no store is known, and still has an end", func() {
		w.report("cf/cell/a", of("bbs", 2))
		w.report("cf/cell/b", of("bbs", 2))
		expect(fleet.Unknown, verdict.OK, "no store is known that holds it; the same on all 2 instances", "")
		w.report("cf/cell/b", of("bbs", 1))
		row := expect(fleet.Unknown, verdict.OK, "no store is known that holds it; the newest is on 1 of 2 instances", "")
		Expect(row).To(And(HaveField("OnCurrent", 1), HaveField("Behind", 1), HaveField("Current.NotBefore", noun("bbs", 2).NotBefore)))
		w.report("cf/cell/b", of("bbs", -3))
		expect(fleet.AwaitingDeploy, verdict.Critical, "bbs expired on 1 of 2 cells; other instances have a newer one", deploy)
		w.report("cf/cell/a", of("bbs", -3))
		expect(fleet.AwaitingRenewal, verdict.Critical, "bbs expired on 2 of 2 cells; no store is known that holds it", "renew bbs where the manifest takes it from, then "+deploy)
	})

	It("is no common one if each instance has its own", func() {
		for n, id := range []string{"a", "b", "c"} {
			w.report("cf/cell/"+id, of("bbs", n+1))
		}
		row := expect(fleet.Unknown, verdict.OK, "each instance has its own", "")
		Expect(row).To(And(HaveField("Own", true), HaveField("Current", BeNil()), HaveField("Behind", 0)))
	})

	It("is unknown if it is gone from the store", func() {
		w.secret("secret/cf/bbs", "bbs", 1)
		w.contents.Items[0].Sightings[0].State = "previous"
		w.report("cf/cell/a", of("bbs", 1))
		expect(fleet.Unknown, verdict.Warning, "bbs is in no store any more, and still on cell/a", "write the certificate to secret/cf/bbs again, or remove it from the manifest")
	})

	It("respects what the agent was told to ignore", func() {
		w.report("cf/cell/a", of("bbs", -3, compared(cert.Current, 1, 1)))
		r := &report.Report{Certificates: []report.Certificate{of("bbs", -3, compared(cert.Current, 1, 1))},
			Ignored: []report.Ignored{{Code: verdict.Expired, Fingerprint: print("bbs", -3), Until: now.Add(time.Hour)}}}
		w.Members["cf/cell/a"] = fleet.Read(r)
		Expect(w.row()).To(And(HaveField("State", fleet.Current), HaveField("Severity", verdict.OK)))
	})

	It("is that of most instances, of equally grave ones", func() {
		for _, id := range []string{"a", "b", "c"} {
			w.report("cf/cell/"+id, of("bbs", 2, compared(cert.Current, 2, 2), serves("bbs", 1)))
		}
		w.report("cf/cell/d", of("bbs", 7, compared(cert.Unexpected, 0, 2), finding(verdict.Unexpected, verdict.Error)))
		Expect(w.row().State).To(Equal(fleet.AwaitingRestart))
	})
})
