package web_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"golang.org/x/net/html"

	"cert-health/hub/internal/catalog"
	"cert-health/hub/internal/catalog/sample"
	"cert-health/hub/internal/fleet"
	fleetsample "cert-health/hub/internal/fleet/sample"
	"cert-health/hub/internal/inventory"
	"cert-health/hub/internal/web"
	"cert-health/internal/report"
)

// hub is a hub in memory: it keeps what the pages give it.
type hub struct {
	mutex     sync.Mutex
	contents  inventory.Contents
	person    web.Person
	refreshed []string
	list      []web.Event
	tokens    []web.Token
	// calendarsRemoved counts what was removed.
	calendarsRemoved int
	failure          error
	built            *catalog.View // of the contents; nil after a change
	fleet            *fleet.View   // nil: the hub knows no VMs
	report           *report.Report
	platform         *looks // nil: nothing is computed
}

func newHub(certificates int) *hub {
	return &hub{contents: sample.Contents(certificates), person: web.Person{Name: "ann", Operator: true, CanLogOut: true}}
}

func (h *hub) Person(*http.Request) web.Person { return h.person }

func (h *hub) view() *catalog.View {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	if h.built == nil {
		h.built = catalog.New(h.contents, catalog.DefaultPolicy(), sample.Now())
	}
	return h.built
}

// change changes the contents.
func (h *hub) change(how func(*inventory.Contents)) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	how(&h.contents)
	h.built = nil
}

func (h *hub) Acknowledge(_ context.Context, ack inventory.Ack) error {
	h.change(func(c *inventory.Contents) { c.Acks = append(c.Acks, ack) })
	return h.failure
}

func (h *hub) Unacknowledge(_ context.Context, id inventory.ID, _ string) error {
	h.change(func(c *inventory.Contents) {
		c.Acks = slices.DeleteFunc(slices.Clone(c.Acks), func(ack inventory.Ack) bool { return ack.Certificate == id })
	})
	return h.failure
}

func (h *hub) Refresh(_ context.Context, source, by string) error {
	h.refreshed = append(h.refreshed, by+" "+source)
	return h.failure
}

func (h *hub) Events(_ context.Context, before int64, limit int) ([]web.Event, error) {
	var found []web.Event
	for _, e := range h.list {
		if (before == 0 || e.ID < before) && len(found) < limit {
			found = append(found, e)
		}
	}
	return found, h.failure
}

func (h *hub) Tokens(context.Context, string) ([]web.Token, error) { return h.tokens, h.failure }

func (h *hub) CreateCalendar(_ context.Context, person string) (string, error) {
	return "https://hub.example/calendar.ics?key=" + person, h.failure
}

func (h *hub) RemoveCalendar(context.Context, string) error { h.calendarsRemoved++; return h.failure }

func (h *hub) CreateToken(_ context.Context, _ string, token web.Token) (string, error) {
	token.ID = token.Name
	h.tokens = append(h.tokens, token)
	return "only-shown-once", h.failure
}

func (h *hub) DeleteToken(_ context.Context, _, id string) error {
	h.tokens = nil
	h.refreshed = append(h.refreshed, "deleted "+id)
	return h.failure
}

// newFleet is a hub with the incident on a number of VMs.
func newFleet(vms int) *hub {
	h := newHub(0)
	h.contents, h.fleet = fleetsample.Contents(), fleetsample.View(vms)
	return h
}

// Report is the newest report of each VM.
func (h *hub) Report(context.Context, inventory.InstanceKey) (*report.Report, error) {
	return h.report, h.failure
}

// pages serves the pages of the hub.
func (h *hub) pages() *web.Pages {
	GinkgoHelper()
	options := web.Options{View: h.view, People: h, Acks: h, Events: h, Refresher: h, Tokens: h, Calendars: h, Reports: h,
		Now: sample.Now, Log: slog.New(slog.NewTextHandler(GinkgoWriter, nil))}
	if h.fleet != nil {
		options.Fleet = func() *fleet.View { return h.fleet }
	}
	if h.platform != nil {
		options.Platform = h.platform
	}
	pages, err := web.New(options)
	Expect(err).NotTo(HaveOccurred())
	return pages
}

// site serves the pages, and those of the login as the login serves them.
func (h *hub) site() http.Handler {
	GinkgoHelper()
	pages, mux := h.pages(), http.NewServeMux()
	mux.Handle("/", pages.Handler())
	mux.Handle("GET /login", web.Secure(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		pages.Login(w, r, http.StatusOK, web.LoginPage{Name: "ann", Error: "The name or the password is wrong.", Local: true, OIDC: "/oidc/start"})
	})))
	mux.Handle("GET /device", web.Secure(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		pages.Device(w, r, http.StatusOK, web.DevicePage{UserCode: "BCDF-GHJK", From: "cert-health 1.2.0 on jumpbox, 10.0.0.6"})
	})))
	return mux
}

// get asks for a page. Headers are given as name and value.
func (h *hub) get(target string, headers ...string) *httptest.ResponseRecorder {
	GinkgoHelper()
	r := httptest.NewRequest(http.MethodGet, target, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return h.send(r)
}

// post sends a form as a browser sends it from a page of the hub.
func (h *hub) post(target string, form url.Values) *httptest.ResponseRecorder {
	GinkgoHelper()
	r := httptest.NewRequest(http.MethodPost, target, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return h.send(r)
}

func (h *hub) send(r *http.Request) *httptest.ResponseRecorder {
	GinkgoHelper()
	w := httptest.NewRecorder()
	h.pages().Handler().ServeHTTP(w, r)
	return w
}

// document parses a page. A page that is not well formed has no elements where they are expected.
func document(w *httptest.ResponseRecorder) *html.Node {
	GinkgoHelper()
	root, err := html.Parse(w.Body)
	Expect(err).NotTo(HaveOccurred())
	return root
}

// attribute is the value of an attribute; empty without it.
func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// text is everything that a person reads in an element, with single spaces.
func text(n *html.Node) string {
	var words strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			words.WriteString(d.Data + " ")
		}
	}
	return strings.Join(strings.Fields(words.String()), " ")
}

const day = 24 * time.Hour
