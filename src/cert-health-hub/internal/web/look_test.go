package web_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/catalog/sample"
	"cert-health/hub/internal/web"
)

var _ = Describe("In a browser, the pages", func() {
	DescribeTable("look right at each width, light and dark", func(size int) {
		h := newHub(size)
		h.list = []web.Event{{ID: 1, At: sample.Now().Add(-day), Kind: "refresh", Actor: "ann", Subject: "vault", Text: "asked the source again"}}
		h.tokens = []web.Token{{ID: "1", Name: "pipeline", Expires: sample.Now().Add(day), Operator: true}, {ID: "2", Name: "old", Expires: sample.Now().Add(-day)}}
		b, script := h.open(), axe()
		pages := []string{"/", "/certificates", "/timeline", "/sources", "/events", "/tokens", "/nothing", "/login", "/device"}
		if size > 0 {
			pages = append(pages, "/certificates?source=vault&path=secret/cf-0&state=expired&state=ok", "/certificates/"+string(h.contents.Certificates[0].ID),
				"/certificates/"+string(h.contents.Certificates[1].ID))
		}
		var faults []string
		for _, width := range []int64{1280, 400} {
			for _, scheme := range []string{"light", "dark"} {
				b.look(width, scheme)
				for _, page := range pages {
					b.visit(page)
					where := fileName(page, size, width, scheme)
					b.shot(where)
					if ask[bool](b, "document.documentElement.scrollWidth > document.documentElement.clientWidth") {
						faults = append(faults, where+": it scrolls to the side")
					}
					if size > 1000 && (width == 400) != (scheme == "dark") {
						continue // the rules take long on large pages, and their colours are those of the others
					}
					for _, fault := range b.violations(script) {
						faults = append(faults, where+": "+fault)
					}
				}
			}
		}
		Expect(faults).To(BeEmpty())
		Expect(b.complaints()).To(HaveEach(ContainSubstring("404")), "of the page that does not exist")
	},
		Entry("without certificates", 0),
		Entry("with few certificates", 12),
		Entry("with 20,000 certificates", 20000),
	)
})
