package web_test

import (
	"net/http"
	"net/url"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"golang.org/x/net/html"

	"cert-health/hub/internal/catalog/sample"
	"cert-health/hub/internal/fleet"
	fleetsample "cert-health/hub/internal/fleet/sample"
	"cert-health/hub/internal/inventory"
	"cert-health/internal/report"
	"cert-health/internal/verdict"
)

// hostileFleet has VMs, certificates and problems with names that attackers choose.
func hostileFleet() *hub {
	h := newFleet(0)
	in := fleetsample.Input(3)
	names := append(sample.Hostile(), strings.Repeat("long ", 2000))
	for i, name := range names {
		bare := strings.ReplaceAll(name, "/", "") // a key has no other slash
		r := fleetsample.VMs(3)[2].Report()
		r.Instance = report.Instance{Deployment: "cf" + bare, Group: bare, ID: bare, AZ: name, Address: name}
		for n := range r.Certificates {
			c := &r.Certificates[n]
			c.Name, c.Subject, c.SANs = names[(i+n)%len(names)], name, []string{name}
			c.Locations[0].File, c.Locations[0].Job = name, name
		}
		r.Problems = []report.Problem{{Code: verdict.Unreadable, Severity: verdict.Error, About: name, Job: name, File: name, Message: name, Why: name,
			Steps: []verdict.Step{verdict.Do("%s", name), verdict.Run("bosh", name)}}}
		key := inventory.KeyOf(r.Instance.Deployment, bare, bare)
		in.Members[key] = fleet.Read(r)
		in.Reporting[key] = inventory.Reporting{Key: key, AZ: name, Address: name, Received: fleetsample.Now()}
		h.report = r
	}
	in.Known = false
	h.fleet = fleet.New(in)
	return h
}

var _ = Describe("Names that attackers choose, on the pages of the fleet,", func() {
	It("do no harm", func() {
		h := hostileFleet()
		site, pages := h.site(), h.fleetPages()
		for _, i := range h.fleet.Instances(fleet.Query{}).Instances {
			deployment, group, id := i.Key.Parts()
			pages = append(pages, "/instances/"+url.PathEscape(deployment)+"/"+url.PathEscape(group)+"/"+url.PathEscape(id))
		}
		for _, r := range h.fleet.Rows() {
			pages = append(pages, "/fleet/"+r.ID)
		}
		Expect(len(pages)).To(BeNumerically(">", 40))
		for _, page := range pages[:60] {
			w := from(site, page)
			Expect(w.Body.Len()).To(BeNumerically("<", 4<<20), page) // URLs have whole names
			root := document(w)
			Expect(text(root)).NotTo(Or(ContainSubstring("\u202e"), ContainSubstring("\x1b")), page)
			harmless(root, page)
		}
	})

	It("stay links that lead to what they name", func() {
		h := hostileFleet()
		site := h.site()
		followed := 0
		for n := range document(from(site, "/instances")).Descendants() {
			if target := attribute(n, "href"); n.Data == "a" && strings.HasPrefix(target, "/instances/") && !strings.Contains(target, "?") {
				Expect(from(site, target).Code).To(Equal(http.StatusOK), target)
				followed++
			}
		}
		Expect(followed).To(BeNumerically(">", 10))
	})
})

// harmless checks that a page has no code and no link of others.
func harmless(root *html.Node, page string) {
	GinkgoHelper()
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		for _, a := range n.Attr {
			Expect(a.Key).NotTo(Or(HavePrefix("on"), Equal("style")), page)
		}
		Expect(attribute(n, "href")).To(Or(BeEmpty(), HavePrefix("/"), HavePrefix("#")), page)
		if n.Data == "script" || n.Data == "img" {
			Expect(attribute(n, "src")).To(HavePrefix("/assets/"), page)
		}
	}
}
