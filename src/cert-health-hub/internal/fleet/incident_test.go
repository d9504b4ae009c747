package fleet_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/fleet"
	"cert-health/hub/internal/fleet/sample"
	"cert-health/hub/internal/inventory"
	"cert-health/internal/verdict"
)

var _ = Describe("the incident", func() {
	It("is told once over the whole fleet, with one next step", func() {
		s := sample.View(100).Summary()
		Expect(s.Sentence).To(Equal("13 certificates expired on 44 of 95 diego-cells; renewed in Vault 2 hours ago; " +
			"the deploy reached diego-api and 47 of 95 diego-cells, and stopped at diego-cell/47"))
		Expect(s.Severity).To(Equal(verdict.Critical))
		Expect(verdict.Join(s.Next)).To(Equal("find out why the deploy stopped at diego-cell/47: bosh -d cf tasks --recent, then merge the manifest anew, then: bosh -d cf deploy MANIFEST"))
		Expect(s.States).To(Equal(map[fleet.State]int{fleet.AwaitingDeploy: 13, fleet.Current: 28}))
		Expect(s.Standings).To(Equal(map[inventory.Standing]int{inventory.Reports: 96, inventory.Missing: 1, inventory.Silent: 1, inventory.Stopped: 1, inventory.Ignored: 1}))
	})

	It("counts instances that are not seen beside the others", func() {
		d, known := sample.View(100).Deployment("cf")
		Expect(known).To(BeTrue())
		row := d.Rows[0]
		Expect(row).To(And(HaveField("State", fleet.AwaitingDeploy), HaveField("Instances", 97), HaveField("OnCurrent", 49), HaveField("Behind", 44),
			HaveField("NotSeen", 4), HaveField("Percent", 50), HaveField("Expired", 44), HaveField("Store", "secret/cf/diego/auctioneer"), HaveField("Key", "certificate")))
		Expect(row.Since).To(Equal(sample.Renewed()))
		Expect(row.Current.Number).To(Equal(2))
		Expect(row.Groups[1]).To(And(HaveField("Group", "diego-cell"), HaveField("MoreLaggards", 39)))
		Expect(row.Groups[1].Laggards[0]).To(And(HaveField("Name", "diego-cell/47"), HaveField("State", fleet.AwaitingDeploy), HaveField("File.Number", 1)))
	})
})
