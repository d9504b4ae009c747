package fleet_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/fleet"
	"cert-health/hub/internal/inventory"
	"cert-health/internal/cert"
	"cert-health/internal/report"
)

var _ = Describe("a bundle of CAs", func() {
	var w *world
	// both makes a secret that holds two generations of a CA, as during its rotation.
	both := func() {
		w.secret("secret/cf/CA", "the CA", 1, 2)
		w.contents.Items[0].Sightings[0].State, w.contents.Items[0].Sightings[0].Version = inventory.Current, "2"
	}
	BeforeEach(func() { w = newWorld() })

	It("is one row, which is current if each file has all of the store's", func() {
		both()
		w.report("cf/cell/a", of("the CA", 1, in("a.crt", "b.crt")), of("the CA", 2, in("a.crt", "b.crt")))
		Expect(w.row()).To(And(HaveField("State", fleet.Current), HaveField("Role", cert.Trust), HaveField("OnCurrent", 1), HaveField("Versions", HaveLen(2))))
		w.report("cf/cell/a", of("the CA", 1, in("a.crt", "b.crt")), of("the CA", 2, in("a.crt")))
		Expect(w.row()).To(And(HaveField("State", fleet.AwaitingDeploy), HaveField("OnCurrent", 0)))
		w.report("cf/cell/a", of("the CA", 1, in("a.crt")))
		Expect(w.row().State).To(Equal(fleet.AwaitingDeploy))
	})

	It("may have an old CA beside the current one", func() {
		w.secret("secret/cf/CA", "the CA", 1, 2)
		w.report("cf/cell/a", of("the CA", 1), of("the CA", 2))
		Expect(w.row()).To(And(HaveField("State", fleet.Current), HaveField("OnCurrent", 1)))
	})

	It("is not expected in the chain that is sent with a leaf", func() {
		both()
		chain := func(c *report.Certificate) { c.Role = cert.CA }
		w.report("cf/cell/a", of("the CA", 2, chain, in("chain.crt")))
		Expect(w.row().State).To(Equal(fleet.Current))
		w.report("cf/cell/a", of("the CA", 2, chain, in("chain.crt")), of("the CA", 0, chain, in("other.crt")))
		Expect(w.row().OnCurrent).To(BeZero())
	})

	It("does not share a row with a leaf under the same key", func() {
		w.secret("secret/cf/bbs", "bbs", 1)
		w.secret("secret/cf/bbs", "the CA", 1)
		w.report("cf/cell/a", of("bbs", 1), of("the CA", 1))
		Expect(w.view().Rows()).To(HaveLen(2))
	})

	It("is wanted in none of the bundles if it has expired", func() {
		w.secret("secret/cf/CA", "the CA", -3, 2)
		w.contents.Items[0].Sightings[0].State = inventory.Current
		w.report("cf/cell/a", of("the CA", 2))
		Expect(w.row().State).To(Equal(fleet.Current))
	})
})

var _ = Describe("the row of a certificate", func() {
	It("is that of the secret for agents that compare, and for those that do not", func() {
		w := newWorld()
		w.report("cf/cell/a", of("bbs", 2, compared(cert.Current, 2, 2)))
		w.report("cf/cell/b", of("bbs", 1))
		row := w.row()
		Expect(row).To(And(HaveField("Store", "secret/cf/bbs"), HaveField("Instances", 2), HaveField("Behind", 1)))
		Expect(w.view().RowsOf(inventory.ID(print("bbs", 1)))).To(ConsistOf(HaveField("ID", row.ID)))
	})

	It("is one for each deployment, and keeps its ID", func() {
		w := newWorld()
		w.report("cf/cell/a", of("bbs", 1, compared(cert.Current, 1, 1)))
		w.report("db/cell/a", of("bbs", 1, compared(cert.Current, 1, 1)))
		before := w.view().Rows()
		Expect(before).To(HaveLen(2))
		Expect(before[0].ID).NotTo(Equal(before[1].ID))
		Expect(before[0].ID).To(MatchRegexp("^[0-9a-f]{20}$"))
		w.report("cf/cell/a", of("bbs", 2, compared(cert.Current, 2, 2)))
		row, known := w.view().Row(before[0].ID)
		Expect(known).To(BeTrue())
		Expect(row.Deployment).To(Equal("cf"))
		Expect(w.view().RowsOf(inventory.ID(print("bbs", 1)))).To(HaveLen(1))
	})

	It("is one for a file of the VM, whatever names its certificate has", func() {
		w := newWorld()
		for _, id := range []string{"a", "b", "c"} {
			w.report("cf/cell/"+id, of("agent-"+id, 1, func(c *report.Certificate) {
				c.Locations = []report.Location{{File: "/var/vcap/bosh/settings.json", Alias: "mbus", Class: cert.AgentFile}}
			}))
		}
		Expect(w.row()).To(And(HaveField("Own", true), HaveField("Instances", 3), HaveField("Name", "/var/vcap/bosh/settings.json [mbus]")))
	})

	It("prefers the secret of its own deployment", func() {
		w := newWorld()
		w.secret("secret/aa/bbs", "bbs", 1)
		w.secret("secret/db/bbs", "bbs", 1)
		w.report("db/cell/a", of("bbs", 1))
		Expect(w.row().Store).To(Equal("secret/db/bbs"))
	})
})
