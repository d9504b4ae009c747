package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"golang.org/x/net/html"

	"cert-health/hub/internal/catalog"
	"cert-health/hub/internal/inventory"
	"cert-health/hub/internal/web"
)

// every page that a person can open by the menu.
func everyPage() []string {
	return []string{"/", "/stores", "/certificates", "/timeline", "/sources", "/events", "/tokens", "/certificates/none", "/nothing"}
}

var _ = Describe("A page", func() {
	It("protects the browser of the person who reads it", func() {
		h := newHub(12)
		for _, page := range everyPage() {
			header := h.get(page).Header()
			Expect(header.Get("Content-Security-Policy")).To(And(ContainSubstring("default-src 'none'"), ContainSubstring("frame-ancestors 'none'"), Not(ContainSubstring("unsafe"))))
			Expect(header.Get("X-Content-Type-Options")).To(Equal("nosniff"))
			Expect(header.Get("Strict-Transport-Security")).To(BeEmpty())
		}
		r := httptest.NewRequest(http.MethodGet, "https://hub.example.com/", nil)
		Expect(h.send(r).Header().Get("Strict-Transport-Security")).To(HavePrefix("max-age="))
	})

	It("is sent again only if it has changed", func() {
		h := newHub(12)
		first := h.get("/")
		tag := first.Header().Get("ETag")
		Expect(tag).NotTo(BeEmpty())
		again := h.get("/", "If-None-Match", tag)
		Expect(again.Code).To(Equal(http.StatusNotModified))
		Expect(again.Body.Len()).To(BeZero())
		h.change(func(c *inventory.Contents) { c.Sources[0].Error = "it does not answer" })
		Expect(h.get("/", "If-None-Match", tag).Code).To(Equal(http.StatusOK))
	})

	It("serves its main part to htmx at the same address", func() {
		h := newHub(12)
		whole, part := h.get("/certificates?state=ok"), h.get("/certificates?state=ok", "HX-Request", "true")
		Expect(whole.Body.String()).To(HavePrefix("<!doctype html>"))
		Expect(part.Body.String()).To(HavePrefix("<title>"))
		Expect(part.Body.String()).NotTo(ContainSubstring("<html"))
		Expect(whole.Header().Values("Vary")).To(ContainElement("HX-Request"))
		Expect(h.get("/", "HX-Request", "true", "HX-History-Restore-Request", "true").Body.String()).To(HavePrefix("<!doctype html>"))
	})

	It("says what to do when it does not exist, or a filter is wrong", func() {
		h := newHub(12)
		Expect(h.get("/nothing").Code).To(Equal(http.StatusNotFound))
		w := h.get("/certificates?stat=ok")
		Expect(w.Code).To(Equal(http.StatusBadRequest))
		Expect(text(document(w))).To(ContainSubstring(`"stat"`))
	})

	It("shows names that attackers choose, and never obeys them", func() {
		h := newHub(200)
		tags := map[string]bool{"script": true, "img": true}
		for _, page := range append(everyPage(), "/certificates?sort=name&limit=1000", "/certificates?q="+url.QueryEscape("<script>alert(1)</script>")) {
			w := h.get(page)
			Expect(w.Body.String()).NotTo(ContainSubstring("\u202e"), page)
			Expect(w.Body.String()).NotTo(ContainSubstring("\x1b"), page)
			for n := range document(w).Descendants() {
				if n.Type != html.ElementNode {
					continue
				}
				for _, a := range n.Attr {
					Expect(a.Key).NotTo(HavePrefix("on"), page)
				}
				Expect(strings.ToLower(attribute(n, "href"))).NotTo(HavePrefix("javascript:"), page)
				if tags[n.Data] {
					Expect(attribute(n, "src")).To(HavePrefix("/assets/"), page)
				}
			}
		}
		Expect(text(document(h.get("/certificates?q=gnp")))).To(ContainSubstring("⟨U+202E⟩"))
	})
})

var _ = Describe("A count", func() {
	DescribeTable("leads to exactly what it counts", func(page string) {
		h := newHub(400)
		v := h.view()
		checked := 0
		for n := range document(h.get(page)).Descendants() {
			target := attribute(n, "href")
			if n.Type != html.ElementNode || n.Data != "a" || !strings.HasPrefix(target, "/certificates") {
				continue
			}
			number, counts := leadingNumber(text(n))
			if !counts {
				continue
			}
			link, err := url.Parse(target)
			Expect(err).NotTo(HaveOccurred())
			query, err := catalog.ParseQuery(link.Query())
			Expect(err).NotTo(HaveOccurred())
			Expect(v.List(query).Total).To(Equal(number), "%s on %s: %s", target, page, text(n))
			checked++
		}
		Expect(checked).To(BeNumerically(">", 5))
	},
		Entry("on the first page", "/"),
		Entry("on the timeline", "/timeline"),
		Entry("of a source", "/sources"),
	)
})

// leadingNumber reads "1,200 expired", but not "3 more expired", which is a sentence, nor a name that
// begins with a digit.
func leadingNumber(words string) (int, bool) {
	first, rest, _ := strings.Cut(words, " ")
	digits := strings.ReplaceAll(first, ",", "")
	n := 0
	for _, r := range digits {
		if r < '0' || r > '9' {
			return 0, false
		}
		n = n*10 + int(r-'0')
	}
	return n, digits != "" && !strings.HasPrefix(rest, "more")
}

var _ = Describe("The first page", func() {
	It("says the worst, and the command that helps", func() {
		root := text(document(newHub(12).get("/")))
		Expect(root).To(MatchRegexp(`expired .* ago\.`))
		Expect(root).To(ContainSubstring("of 7 sources seen whole"))
		Expect(root).To(ContainSubstring("never : never seen"))
	})

	It("does not say that all is well while a source cannot be seen", func() {
		h := newHub(0)
		w := text(document(h.get("/")))
		Expect(w).To(ContainSubstring("No source has shown a certificate yet."))
		Expect(w).NotTo(ContainSubstring("are well"))
	})

	It("tells how to begin when there is no source", func() {
		h := newHub(0)
		h.contents = inventory.Contents{}
		Expect(text(document(h.get("/")))).To(ContainSubstring("Add a source below the key sources"))
	})
})

var _ = Describe("A viewer", func() {
	It("cannot write, and is shown no form that writes", func() {
		h := newHub(12)
		h.person = web.Person{Name: "vic"}
		for _, target := range []string{"/certificates/x/acknowledge", "/certificates/x/unacknowledge", "/sources/refresh"} {
			Expect(h.post(target, nil).Code).To(Equal(http.StatusForbidden), target)
		}
		id := h.contents.Certificates[0].ID
		for _, page := range []string{"/sources", "/certificates/" + string(id)} {
			Expect(h.get(page).Body.String()).NotTo(ContainSubstring(`method="post"`), page)
		}
		Expect(h.refreshed).To(BeEmpty())
	})
})
