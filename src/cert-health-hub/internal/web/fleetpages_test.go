package web_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"golang.org/x/net/html"

	"cert-health/hub/internal/fleet"
	fleetsample "cert-health/hub/internal/fleet/sample"
	"cert-health/hub/internal/inventory"
)

var _ = Describe("The pages of the fleet", func() {
	DescribeTable("are shown for every size", func(vms int) {
		h := newFleet(vms)
		for _, page := range h.fleetPages() {
			w := h.get(page)
			Expect(w.Code).To(Equal(http.StatusOK), page)
			Expect(strings.Count(w.Body.String(), "<script")).To(Equal(2), page)
			Expect(w.Body.String()).NotTo(ContainSubstring(" style="), page)
		}
	},
		Entry("without VMs", 0),
		Entry("with 3 VMs", 3),
		Entry("with 100 VMs", 100),
	)

	It("say the worst first, and the one next command", func() {
		root := document(newFleet(100).get("/"))
		h1 := find(root, func(n *html.Node) bool { return n.Data == "h1" })
		Expect(text(h1)).To(Equal("13 certificates expired on 44 of 95 diego-cells."))
		Expect(text(root)).To(And(ContainSubstring("Renewed in Vault 2 hours ago; the deploy reached diego-api"), ContainSubstring("stopped at diego-cell/47"),
			ContainSubstring("bosh -d cf tasks --recent"), ContainSubstring("96 of 100 VMs report"), ContainSubstring("1 silent")))
	})

	It("stay small over ten thousand VMs", func() {
		h := newFleet(10000)
		for _, page := range h.fleetPages() {
			w := h.get(page, "Accept-Encoding", "gzip")
			Expect(w.Code).To(Equal(http.StatusOK), page)
			Expect(w.Body.Len()).To(BeNumerically("<", 30<<10), page)
		}
		for _, page := range []string{"/", "/instances", "/fleet/" + h.fleet.Rows()[0].ID + "?has=all"} {
			Expect(len(rows(document(h.get(page))))).To(BeNumerically("<=", 200), page)
		}
	})

	It("leave the first page to the stores where there is no fleet", func() {
		h := newHub(12)
		Expect(text(document(h.get("/")))).To(Equal(text(document(h.get("/stores")))))
		for _, page := range []string{"/fleet", "/fleet/x", "/instances", "/instances/a/b/c"} {
			w := h.get(page)
			Expect(w.Code).To(Equal(http.StatusNotFound), page)
			Expect(text(document(w))).To(ContainSubstring("Set the key agents"))
		}
		Expect(h.get("/").Body.String()).NotTo(ContainSubstring(`href="/instances"`))
	})

	It("have the stores on a page of their own", func() {
		h := newFleet(3)
		Expect(h.get("/").Body.String()).To(And(ContainSubstring(`href="/stores"`), ContainSubstring(`href="/instances"`)))
		Expect(text(document(h.get("/stores")))).To(ContainSubstring("of 1 source seen whole"))
	})

	It("never hide a source that fails behind a fleet that is well", func() {
		h := newFleet(3)
		h.change(func(c *inventory.Contents) {
			c.Sources = append(c.Sources, inventory.Health{Name: "gone", Type: "credhub", Error: "it does not answer: start it"})
		})
		Expect(text(document(h.get("/")))).To(And(ContainSubstring("gone : never seen"), ContainSubstring("it does not answer: start it")))
	})

	It("tell what to do so that a VM is seen again", func() {
		h := newFleet(100)
		for standing, words := range map[inventory.Standing]string{
			inventory.Silent: "bosh -d cf instances --ps", inventory.Missing: "its agent has never reported", inventory.Stopped: "bosh -d cf start diego-cell/",
			inventory.Ignored: "bosh -d cf unignore diego-cell/"} {
			found := h.fleet.Instances(fleet.Query{Standings: []inventory.Standing{standing}})
			Expect(found.Total).To(Equal(1), string(standing))
			Expect(text(document(h.get("/instances/"+string(found.Instances[0].Key))))).To(ContainSubstring(words), string(standing))
		}
	})

	DescribeTable("say what is wrong with an address", func(page string, status int, words string) {
		w := newFleet(3).get(page)
		Expect(w.Code).To(Equal(status))
		Expect(text(document(w))).To(ContainSubstring(words))
	},
		Entry("a filter that does not exist", "/instances?standng=silent", http.StatusBadRequest, `"standng"`),
		Entry("a page without a number", "/fleet?page=x", http.StatusBadRequest, "must be a number"),
		Entry("a row that does not exist", "/fleet/none", http.StatusNotFound, "does not know this certificate on any VM"),
		Entry("a VM that does not exist", "/instances/a/b/c", http.StatusNotFound, "does not know this VM"),
		Entry("a long value", "/instances?q="+strings.Repeat("x", 1001), http.StatusBadRequest, "more than 1000 bytes"),
	)

	It("repeat no agent's words about how long ago something was: its report can be older", func() {
		h := newFleet(3)
		h.report = fleetsample.VMs(3)[2].Report()
		key := inventory.KeyOf(h.report.Instance.Deployment, h.report.Instance.Group, h.report.Instance.ID)
		Expect(text(document(h.get("/instances/" + string(key))))).To(And(ContainSubstring(": expired on 2026-11-26 09:00 UTC"),
			ContainSubstring("renewed in Vault on 2026-11-26 10:00 UTC but not deployed"), Not(ContainSubstring("hours ago (2026-11-26"))))
	})

	It("show what is on VMs on the page of a certificate, also if no source shows it", func() {
		h := newFleet(100)
		worst := h.fleet.Rows()[0]
		page := "/certificates/" + worst.Versions[0].Fingerprint
		Expect(text(document(h.get(page)))).To(And(ContainSubstring("On VMs of cf"), MatchRegexp(`\b14 z2 version 1 expired 2026-11-26`)))
		h.change(func(c *inventory.Contents) { *c = inventory.Contents{} })
		w := h.get(page)
		Expect(w.Code).To(Equal(http.StatusSeeOther))
		Expect(w.Header().Get("Location")).To(Equal("/fleet/" + worst.ID))
	})
})

var _ = Describe("A count of VMs or of their certificates", func() {
	It("leads to exactly what it counts", func() {
		h := newFleet(100)
		site, known, checked := h.site(), map[string]int{}, 0
		for _, page := range h.fleetPages() {
			root := document(from(site, page))
			for n := range root.Descendants() {
				target := attribute(n, "href")
				if n.Data != "a" || !strings.HasPrefix(target, "/fleet") && !strings.HasPrefix(target, "/instances") || strings.Contains(target, "#") {
					continue
				}
				number, counts := leadingNumber(text(n))
				if !counts {
					continue
				}
				if _, asked := known[target]; !asked {
					known[target] = found(document(from(site, target)))
				}
				Expect(known[target]).To(Equal(number), "%s on %s: %s", target, page, text(n))
				checked++
			}
		}
		Expect(checked).To(BeNumerically(">", 100))
	})
})

// from asks a handler for a page.
func from(site http.Handler, page string) *httptest.ResponseRecorder {
	GinkgoHelper()
	w := httptest.NewRecorder()
	site.ServeHTTP(w, httptest.NewRequest(http.MethodGet, page, nil))
	Expect(w.Code).To(Equal(http.StatusOK), page)
	return w
}

// found is how many a list says that it has.
func found(root *html.Node) int {
	head := find(root, func(n *html.Node) bool {
		return slices.Contains([]string{"found", "vms", "certificates"}, attribute(n, "id"))
	})
	if head == nil {
		return -1
	}
	number, _ := leadingNumber(text(head))
	return number
}

// find is the first element of its kind; nil without one.
func find(root *html.Node, is func(*html.Node) bool) *html.Node {
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && is(n) {
			return n
		}
	}
	return nil
}

// rows are the rows of all tables, heads included.
func rows(root *html.Node) (list []*html.Node) {
	for n := range root.Descendants() {
		if n.Data == "tr" && n.Parent.Data == "tbody" {
			list = append(list, n)
		}
	}
	return list
}
