package web_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// fleetPages are the pages of the fleet: those of one VM and of one certificate too, if there is any.
func (h *hub) fleetPages() []string {
	pages := []string{"/", "/fleet", "/fleet?q=nothing", "/instances", "/instances?standing=silent"}
	rows := h.fleet.Rows()
	if len(rows) == 0 {
		return pages
	}
	worst, best := rows[0], rows[len(rows)-1]
	pages = append(pages, "/fleet/"+worst.ID, "/fleet/"+worst.ID+"?has=lagging", "/fleet/"+best.ID, "/certificates/"+worst.Versions[0].Fingerprint)
	for _, cell := range h.fleet.Cells(worst) {
		if cell.Expired {
			return append(pages, "/instances/"+string(cell.Instance.Key))
		}
	}
	return pages
}

// looksRight opens pages at each width, light and dark. A picture is taken for people who want to look.
func (h *hub) looksRight(pages []string, size int) {
	GinkgoHelper()
	b, script := h.open(), axe()
	var faults []string
	for _, width := range []int64{1280, 400} {
		for _, scheme := range []string{"light", "dark"} {
			if size != 3 && (width == 400) != (scheme == "dark") {
				continue // the rules take long, and the colours are those of the others
			}
			b.look(width, scheme)
			for _, page := range pages {
				b.visit(page)
				where := fileName("fleet"+page, size, width, scheme)
				b.shot(where)
				if ask[bool](b, "document.documentElement.scrollWidth > document.documentElement.clientWidth") {
					faults = append(faults, where+": it scrolls to the side")
				}
				for _, fault := range b.violations(script) {
					faults = append(faults, where+": "+fault)
				}
			}
		}
	}
	Expect(faults).To(BeEmpty())
	Expect(b.complaints()).To(BeEmpty())
}

var _ = Describe("In a browser, the pages of the fleet", func() {
	DescribeTable("look right at each width, light and dark", func(vms int) {
		h := newFleet(vms)
		h.looksRight(h.fleetPages(), vms)
	},
		Entry("without VMs", 0),
		Entry("with 3 VMs", 3),
		Entry("with 100 VMs", 100),
		Entry("with 10,000 VMs", 10000),
	)
})
