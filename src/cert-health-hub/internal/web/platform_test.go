package web_test

import (
	"bytes"
	"context"
	"errors"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"

	"github.com/chromedp/chromedp"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	catalogsample "cert-health/hub/internal/catalog/sample"
	"cert-health/hub/internal/inventory"
	"cert-health/hub/internal/platform"
	"cert-health/hub/internal/platform/sample"
	"cert-health/internal/scenario"
	"cert-health/internal/survey"
)

// looks is what the pages compute over.
type looks struct {
	survey  *survey.Survey
	known   *platform.Knowledge
	failure error
}

func (l *looks) Look(context.Context) (*platform.Look, error) {
	return platform.LookAt(l.survey, l.known), l.failure
}

// newPlatform is a hub with a platform of n VMs.
func newPlatform(vms int) *hub {
	h := newFleet(min(vms, 3))
	h.platform = &looks{survey: sample.Survey(vms), known: sample.Knowledge()}
	return h
}

// platformPages are the pages that are computed over the whole platform.
func platformPages() []string {
	return []string{"/rotations", "/rotations/" + url.PathEscape(sample.CA), "/rotations/" + url.PathEscape("secret/cf/router/ca"), "/explain", "/explain?after=deploy+cf/diego-cell"}
}

var _ = Describe("The pages of rotations", func() {
	It("say for each CA what is to be done now, those that wait first", func() {
		h := newPlatform(100)
		Expect(text(document(h.get("/rotations")))).To(MatchRegexp(`Under way 1 CA .*diego CA secret/cf/diego/ca .*Deploy cf\..*Not rotated now 1 CA .*router CA`))
	})

	It("show one bar for each step, and who holds it back, with names", func() {
		h := newPlatform(100)
		page := text(document(h.get("/rotations/" + url.PathEscape(sample.CA))))
		Expect(page).To(ContainSubstring("diego CA: new CA distributing, 66 of 100 VMs Vault: secret/cf/diego/ca"))
		Expect(page).To(ContainSubstring("bosh -d cf deploy MANIFEST"))
		Expect(page).To(MatchRegexp(`66 of 100 VMs who holds it back silent it is silent, .* diego-cell/95 missing its agent has never reported: .* diego-cell/96 waits for a deploy .*tls_ca.crt without the new CA: diego-cell/63 diego-cell/64 .* and 20 more`))
		Expect(strings.Count(h.get("/rotations/"+url.PathEscape(sample.CA)).Body.String(), `<svg class="bar"`)).To(Equal(7))
	})

	It("are found by paths with slashes, and by none that does not exist", func() {
		h := newPlatform(3)
		Expect(h.get("/rotations/%2Fbosh%2Fcf%2Fca").Code).To(Equal(http.StatusNotFound))
		Expect(h.get("/rotations/nothing").Code).To(Equal(http.StatusNotFound))
	})

	It("are not there where nothing is computed, and say when the hub cannot", func() {
		h := newFleet(3)
		Expect(h.get("/rotations").Code).To(Equal(http.StatusNotFound))
		Expect(h.get("/").Body.String()).NotTo(ContainSubstring("/rotations"))
		h.platform = &looks{survey: sample.Survey(0), known: sample.Knowledge(), failure: errors.New("the database does not answer")}
		Expect(h.get("/rotations").Code).To(Equal(http.StatusInternalServerError))
	})

	It("are inert whatever the names are", func() {
		h := newPlatform(3)
		h.platform.survey = sample.Hostile(catalogsample.Hostile())
		pages := []string{"/rotations", "/explain"}
		for _, name := range catalogsample.Hostile() {
			pages = append(pages, "/rotations/"+url.PathEscape("secret/"+name))
		}
		for _, page := range pages {
			w := h.get(page)
			Expect(w.Code).To(Equal(http.StatusOK), page)
			Expect(w.Body.String()).NotTo(Or(ContainSubstring("<script>alert"), ContainSubstring("<img src=x"), ContainSubstring(" style="), ContainSubstring("\u202e")), page)
		}
	})
})

// log sends a log as the form does.
func (h *hub) log(fields map[string]string) *httptest.ResponseRecorder {
	GinkgoHelper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for name, text := range fields {
		Expect(form.WriteField(name, text)).To(Succeed())
	}
	Expect(form.Close()).To(Succeed())
	r := httptest.NewRequest(http.MethodPost, "/explain", &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return h.send(r)
}

// expired is a line of a cell's log, about a certificate of the sample.
const expired = `{"timestamp":"2026-11-26T11:58:01.5Z","level":"error","source":"rep","message":"rep.request-failed","data":{"error":"Get \"https://bbs.service.cf.internal:8889/v1/ping\": tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2026-11-26T11:58:01Z is after 2026-11-26T11:00:00Z"}}` + "\n"

var _ = Describe("The page that explains logs", func() {
	It("says which certificate a log is about, and keeps nothing", func() {
		h := newPlatform(100)
		w := h.log(map[string]string{"log": strings.Repeat(expired, 3)})
		Expect(w.Code).To(Equal(http.StatusOK))
		Expect(text(document(w))).To(And(ContainSubstring("has expired"), ContainSubstring("in 3 lines"), ContainSubstring("The lines are not kept")))
		Expect(w.Header().Get("Cache-Control")).To(Equal("no-store"))
		Expect(w.Header().Get("Content-Encoding")).To(BeEmpty())
		Expect(text(document(h.get("/explain")))).NotTo(ContainSubstring("has expired"))
	})

	It("shows who can talk to whom, and what breaks", func() {
		page := text(document(newPlatform(100).get("/explain?from=rep&to=bbs")))
		Expect(page).To(ContainSubstring("Who can talk to whom: "))
		Expect(page).To(MatchRegexp(`rep[a-z_, ]* → bbs rep-bbs trusted`))
	})

	It("shows what a step would change, before it is taken", func() {
		h := newPlatform(100)
		old := h.platform.survey.Find("rep.service.cf.internal")[0].AuthorityID
		for _, c := range h.platform.survey.Certificates {
			if c.CA && c.KeyID == old {
				page := text(document(h.get("/explain?" + url.Values{"after": {"remove CA " + c.Fingerprint}}.Encode())))
				Expect(page).To(And(ContainSubstring("2 connections that work now would be refused."), ContainSubstring("now trusted, then"), ContainSubstring("unknown CA")))
			}
		}
		Expect(text(document(h.get("/explain?after=destroy")))).To(ContainSubstring(`A step is "remove CA CERTIFICATE"`))
		Expect(h.get("/explain").Body.String()).To(ContainSubstring(`<option value="deploy cf/diego-cell">`))
	})

	DescribeTable("says what is wrong with a log", func(log, words string, status int) {
		w := newPlatform(3).log(map[string]string{"log": log})
		Expect(w.Code).To(Equal(status))
		Expect(text(document(w))).To(ContainSubstring(words))
	},
		Entry("none", "", "There are no lines to read", http.StatusUnprocessableEntity),
		Entry("binary", "\x1f\x8b\x08\x00\x00\x00", "The log cannot be read", http.StatusUnprocessableEntity),
		Entry("too long", strings.Repeat("a line of a log\n", 9<<16), "The log has more than 8 MB", http.StatusUnprocessableEntity),
		Entry("about something else", "all is well\n", "No line is about TLS or certificates.", http.StatusOK),
		Entry("hostile", "x509: certificate has expired <script>alert(1)</script>\n", "… certificate has expired", http.StatusOK),
	)

	It("shows on the page of a certificate what ends with it, if VMs have it", func() {
		h := newPlatform(100)
		for _, c := range h.platform.survey.Certificates {
			noun := scenario.Issue(scenario.Spec{CommonName: c.Name}).Noun()
			h.change(func(all *inventory.Contents) {
				all.Certificates = append(all.Certificates, inventory.Certificate{ID: inventory.ID(c.Fingerprint), Certificate: noun})
			})
		}
		page := func(name string) (all string) {
			for _, c := range h.platform.survey.Find(name) {
				all += text(document(h.get("/certificates/" + c.Fingerprint)))
			}
			return all
		}
		Expect(page("bbs.service.cf.internal")).To(MatchRegexp(`What ends with it On cf/diego-api x 3 .*rep[a-z_, ]* → bbs server cf/diego-api x 3`))
		Expect(page("diego CA")).To(ContainSubstring("2 certificates below it on VMs"))
		h.platform.survey = sample.Survey(0)
		Expect(page("router CA")).NotTo(ContainSubstring("What ends with it"))
	})

	It("is a form that is not complete without a log", func() {
		h := newPlatform(3)
		Expect(h.post("/explain", url.Values{"log": {"x"}}).Code).To(Equal(http.StatusUnprocessableEntity))
		r := httptest.NewRequest(http.MethodPost, "/explain", strings.NewReader("x"))
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		Expect(h.send(r).Code).To(Equal(http.StatusForbidden))
	})
})

var _ = Describe("In a browser, the pages of rotations", func() {
	DescribeTable("look right at each width, light and dark", func(vms int) {
		newPlatform(vms).looksRight(platformPages(), vms)
	},
		Entry("without VMs", 0),
		Entry("with 100 VMs", 100),
	)
})

var _ = Describe("In a browser, a person with a log", func() {
	DescribeTable("gets an answer, with and without JavaScript", func(scripts bool, width int64, scheme string) {
		b := newPlatform(100).open()
		if !scripts {
			b.withoutScripts()
		}
		b.look(width, scheme)
		b.visit("/explain")
		b.do(chromedp.SendKeys(chromedp.CSS("textarea"), expired), chromedp.Click(chromedp.CSS("form[action='/explain'] button")), chromedp.WaitVisible(chromedp.CSS(".worst")))
		Expect(ask[string](b, "document.querySelector('.worst h1').textContent")).To(ContainSubstring("has expired"))
		Expect(ask[bool](b, "document.documentElement.scrollWidth > document.documentElement.clientWidth")).To(BeFalse())
		b.shot(fileName("answer", 100, width, scheme))
		if scripts {
			Expect(b.violations(axe())).To(BeEmpty())
		}
		Expect(b.complaints()).To(BeEmpty())
	},
		Entry("with it, at a wide screen", true, int64(1280), "light"),
		Entry("with it, at a narrow and dark screen", true, int64(400), "dark"),
		Entry("without it", false, int64(1280), "light"),
	)
})
