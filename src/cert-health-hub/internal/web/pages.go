package web

import (
	"cmp"
	"embed"
	"errors"
	"html/template"
	"log/slog"
	"net/http"
	"time"

	"cert-health/hub/internal/catalog"
	"cert-health/hub/internal/fleet"
)

//go:embed templates
var templateFiles embed.FS

// Options are what the pages are made from. View, People and Log are needed. A page whose interface is
// nil says that the hub does not offer it.
type Options struct {
	View func() *catalog.View
	// Fleet is the newest view of all VMs, nil while the hub starts. The function is nil where no agents
	// report and no Director is known: the first page is that of the stores then.
	Fleet func() *fleet.View
	// Reports are the stored reports: the page of a VM shows the problems in its report.
	Reports Reports
	// Platform computes over all that the hub knows; nil: no rotations, no explanations.
	Platform Platform
	People   People
	Acks     Acks
	Events   Events
	// Refresher asks sources again before their time.
	Refresher Refresher
	Tokens    Tokens
	Calendars Calendars
	Now       func() time.Time // for new acknowledgements and tokens; time.Now if it is nil
	Log       *slog.Logger
}

// Pages serves the pages of the hub.
type Pages struct {
	Options
	log       *slog.Logger
	assets    *assets
	templates map[string]*template.Template
	// explaining holds a value for each log that is being read.
	explaining chan struct{}
}

// New makes the pages.
func New(options Options) (*Pages, error) {
	if options.View == nil || options.People == nil || options.Log == nil {
		return nil, errors.New("the pages need a view, people and a log")
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	files, err := loadAssets()
	if err != nil {
		return nil, err
	}
	p := &Pages{Options: options, log: options.Log, assets: files, explaining: make(chan struct{}, 2)}
	shapes, err := readMarks()
	if err != nil {
		return nil, err
	}
	p.templates, err = parse(p.functions(shapes))
	return p, err
}

// functions are what the templates call.
func (p *Pages) functions(shapes marks) template.FuncMap {
	return template.FuncMap{
		"asset": p.assets.path, "visible": visible, "short": short, "long": long, "number": number, "plural": plural,
		"date": date, "moment": moment, "machine": machine, "brief": brief, "tab": newTab,
		"icon": shapes.icon, "state": shapes.state,
	}
}

// tab is one entry of the menu.
type tab struct {
	URL, Name string
	Current   bool
}

func newTab(nav, key, url, name string) tab { return tab{url, name, nav == key} }

// Handler serves all pages and assets. It expects to serve the root of a host, behind the login.
// Every answer has the headers of Secure, and a write from another origin is refused.
func (p *Pages) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /assets/", p.assets)
	mux.HandleFunc("GET /{$}", p.first)
	mux.HandleFunc("GET /fleet", p.withFleet(p.fleetList))
	mux.HandleFunc("GET /fleet/{row}", p.withFleet(p.fleetRow))
	mux.HandleFunc("GET /instances", p.withFleet(p.instances))
	mux.HandleFunc("GET /instances/{deployment}/{group}/{id}", p.withFleet(p.instance))
	mux.HandleFunc("GET /stores", p.stores)
	mux.HandleFunc("GET /certificates", p.certificates)
	mux.HandleFunc("GET /certificates/{id}", p.certificate)
	mux.HandleFunc("POST /certificates/{id}/acknowledge", p.operators(p.acknowledge))
	mux.HandleFunc("POST /certificates/{id}/unacknowledge", p.operators(p.unacknowledge))
	mux.HandleFunc("GET /rotations", p.withPlatform(p.rotations))
	mux.HandleFunc("GET /rotations/{ca}", p.withPlatform(p.rotation))
	mux.HandleFunc("GET /explain", p.withPlatform(p.explain))
	mux.HandleFunc("POST /explain", p.withPlatform(p.explainLog))
	mux.HandleFunc("GET /timeline", p.timeline)
	mux.HandleFunc("GET /sources", p.sources)
	mux.HandleFunc("POST /sources/refresh", p.operators(p.refresh))
	mux.HandleFunc("GET /events", p.events)
	mux.HandleFunc("GET /tokens", p.tokens)
	mux.HandleFunc("POST /tokens", p.createToken)
	mux.HandleFunc("POST /tokens/{id}/delete", p.deleteToken)
	mux.HandleFunc("POST /calendar", p.createCalendar)
	mux.HandleFunc("POST /calendar/delete", p.removeCalendar)
	mux.HandleFunc("/", p.missing)
	return Secure(http.NewCrossOriginProtection().Handler(mux))
}

// Assets serves the style sheets and scripts, which the login page needs too. They hold no secret.
func (p *Pages) Assets() http.Handler { return Secure(p.assets) }

// page begins a page with what all pages have.
func (p *Pages) page(r *http.Request, nav, title string) page {
	return page{Title: title, Nav: nav, Self: r.URL.RequestURI(), Person: p.People.Person(r), HasFleet: p.Fleet != nil, HasPlatform: p.Platform != nil}
}

// operators lets only operators through.
func (p *Pages) operators(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !p.People.Person(r).Operator {
			p.fail(w, r, http.StatusForbidden, "Only operators may do this",
				"Your role is viewer. Ask an administrator of the hub for the role operator.")
			return
		}
		next(w, r)
	}
}

// view is the newest view. There is an empty one until the first is ready.
func (p *Pages) view() *catalog.View {
	return cmp.Or(p.View(), catalog.New(emptyContents(), catalog.DefaultPolicy(), p.Now()))
}
