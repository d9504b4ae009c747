package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/catalog"
	"cert-health/hub/internal/catalog/sample"
	"cert-health/hub/internal/web"
)

var _ = Describe("An operator", func() {
	It("acknowledges a certificate until a day, and takes it back", func() {
		h := newHub(12)
		target := "/certificates/" + string(h.view().All(catalog.Query{States: []catalog.State{catalog.Expired}})[0].ID)
		until := sample.Now().Add(10 * day).Format("2006-01-02")
		w := h.post(target+"/acknowledge", url.Values{"until": {until}, "reason": {"replaced on Monday"}})
		Expect(w.Code).To(Equal(http.StatusSeeOther))
		Expect(w.Header().Get("Location")).To(Equal(target))
		Expect(text(document(h.get(target)))).To(ContainSubstring("Acknowledged until 2026-12-07 by ann: replaced on Monday"))

		Expect(h.post(target+"/unacknowledge", nil).Code).To(Equal(http.StatusSeeOther))
		Expect(text(document(h.get(target)))).NotTo(ContainSubstring("replaced on Monday"))
	})

	DescribeTable("is told what is wrong with the form", func(until, reason, words string) {
		h := newHub(12)
		w := h.post("/certificates/"+string(h.contents.Certificates[1].ID)+"/acknowledge", url.Values{"until": {until}, "reason": {reason}})
		Expect(w.Code).To(Equal(http.StatusUnprocessableEntity))
		Expect(text(document(w))).To(ContainSubstring(words))
	},
		Entry("no date", "", "because", "Write the date as year-month-day"),
		Entry("a date that is over", "2026-11-01", "because", "The date is over."),
		Entry("a date that is too far away", "2027-11-29", "because", "more than a year away"),
		Entry("no reason", "2026-12-01", " ", "Write why"),
		Entry("a long reason", "2026-12-01", strings.Repeat("x", 501), "more than 500 characters"),
	)

	It("asks one source again, or all", func() {
		h := newHub(12)
		Expect(h.post("/sources/refresh", url.Values{"source": {"vault"}}).Code).To(Equal(http.StatusSeeOther))
		Expect(h.post("/sources/refresh", url.Values{"source": {""}}).Header().Get("Location")).To(Equal("/sources?asked=all"))
		Expect(h.post("/sources/refresh", url.Values{"source": {"nothing"}}).Code).To(Equal(http.StatusNotFound))
		Expect(h.refreshed).To(Equal([]string{"ann vault", "ann "}))
	})

	It("is told when another hub collects", func() {
		h := newHub(12)
		h.failure = web.ErrElsewhere
		w := h.post("/sources/refresh", url.Values{"source": {"vault"}})
		Expect(w.Code).To(Equal(http.StatusConflict))
		Expect(text(document(w))).To(ContainSubstring("Another hub collects"))
	})

	It("cannot be made to write by a page of another origin", func() {
		h := newHub(12)
		r := httptest.NewRequest(http.MethodPost, "/sources/refresh", strings.NewReader("source=vault"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		Expect(h.send(r).Code).To(Equal(http.StatusForbidden))
		Expect(h.refreshed).To(BeEmpty())
	})

	It("cannot send a form without an end", func() {
		h := newHub(12)
		w := h.post("/sources/refresh", url.Values{"source": {strings.Repeat("x", 1<<20)}})
		Expect(w.Code).To(Equal(http.StatusBadRequest))
	})
})

var _ = Describe("API tokens", func() {
	It("are created, shown once, and deleted", func() {
		h := newHub(0)
		w := h.post("/tokens", url.Values{"name": {"pipeline"}, "days": {"90"}, "role": {"viewer"}})
		Expect(w.Body.String()).To(ContainSubstring("only-shown-once"))
		Expect(w.Header().Get("Cache-Control")).To(Equal("no-store"))
		Expect(w.Header().Get("Content-Encoding")).To(BeEmpty())
		Expect(h.tokens[0].Expires).To(Equal(sample.Now().Add(90 * day)))
		again := h.get("/tokens")
		Expect(again.Body.String()).To(And(ContainSubstring("pipeline"), Not(ContainSubstring("only-shown-once"))))
		Expect(h.post("/tokens/pipeline/delete", nil).Code).To(Equal(http.StatusSeeOther))
		Expect(h.tokens).To(BeEmpty())
	})

	DescribeTable("are refused with the reason", func(name, days, role, words string) {
		h := newHub(0)
		h.person.Operator = false
		w := h.post("/tokens", url.Values{"name": {name}, "days": {days}, "role": {role}})
		Expect(w.Code).To(Equal(http.StatusUnprocessableEntity))
		Expect(text(document(w))).To(ContainSubstring(words))
		Expect(h.tokens).To(BeEmpty())
	},
		Entry("without a name", "", "90", "viewer", "Give the token a name"),
		Entry("with another lifetime", "a", "9999", "viewer", "Choose one of the lifetimes"),
		Entry("with more rights than the person has", "a", "90", "operator", "a token cannot do more than you"),
		Entry("without a role", "a", "90", "", "Choose what the token may do"),
	)

	It("do not exist for a person who has not logged in", func() {
		h := newHub(0)
		h.person = web.Person{Operator: true}
		Expect(h.get("/tokens").Code).To(Equal(http.StatusNotFound))
		Expect(h.post("/tokens", url.Values{"name": {"a"}, "days": {"90"}, "role": {"viewer"}}).Code).To(Equal(http.StatusNotFound))
	})
})

var _ = Describe("The calendar", func() {
	It("has a URL that is shown once, replaced and removed", func() {
		h := newHub(0)
		w := h.post("/calendar", nil)
		Expect(w.Body.String()).To(ContainSubstring("https://hub.example/calendar.ics?key=" + h.person.Name))
		Expect(w.Header().Get("Cache-Control")).To(Equal("no-store"))
		Expect(h.get("/tokens").Body.String()).NotTo(ContainSubstring("calendar.ics?key"))
		Expect(h.post("/calendar/delete", nil).Code).To(Equal(http.StatusSeeOther))
		Expect(h.calendarsRemoved).To(Equal(1))
	})

	It("does not exist for a person who has not logged in", func() {
		h := newHub(0)
		h.person = web.Person{}
		Expect(h.post("/calendar", nil).Code).To(Equal(http.StatusNotFound))
		Expect(h.post("/calendar/delete", nil).Code).To(Equal(http.StatusNotFound))
	})
})

var _ = Describe("The events", func() {
	It("are paged, the newest first, with links to what they are about", func() {
		h := newHub(12)
		for i := range 150 {
			h.list = append(h.list, web.Event{ID: int64(150 - i), At: sample.Now(), Kind: "refresh", Actor: "ann", Subject: "vault", Text: "asked vault again"})
		}
		first := h.get("/events").Body.String()
		Expect(first).To(ContainSubstring(`href="/events?before=51"`))
		Expect(first).To(ContainSubstring(`href="/certificates?source=vault"`))
		Expect(h.get("/events?before=51").Body.String()).To(And(ContainSubstring(`href="/events"`), Not(ContainSubstring("Older"))))
		Expect(h.get("/events?before=x").Code).To(Equal(http.StatusBadRequest))
	})
})

var _ = Describe("The login page", func() {
	It("keeps what the person typed, but not the password", func() {
		w := httptest.NewRecorder()
		newHub(0).pages().Login(w, httptest.NewRequest(http.MethodGet, "/login", nil), http.StatusUnauthorized,
			web.LoginPage{Next: "/sources", Name: `"><script>`, Error: "The name or the password is wrong.", Local: true, OIDC: "/login/oidc"})
		Expect(w.Code).To(Equal(http.StatusUnauthorized))
		body := w.Body.String()
		Expect(body).To(And(ContainSubstring(`role="alert"`), ContainSubstring(`value="/sources"`), ContainSubstring(`href="/login/oidc"`)))
		Expect(body).NotTo(ContainSubstring("<script>"))
		Expect(body).NotTo(ContainSubstring("API tokens"))
	})

	It("lets a person answer a command line", func() {
		w := httptest.NewRecorder()
		newHub(0).pages().Device(w, httptest.NewRequest(http.MethodGet, "/device", nil), http.StatusOK, web.DevicePage{UserCode: "ABCD-EFGH"})
		Expect(w.Body.String()).To(And(ContainSubstring(`value="ABCD-EFGH"`), ContainSubstring(`value="deny"`)))
	})
})
