package api

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"cert-health/hub/internal/catalog"
	"cert-health/hub/internal/db"
	"cert-health/hub/internal/fleet"
	"cert-health/hub/internal/inventory"
	"cert-health/hub/internal/people"
)

// Options are what the API shows and changes.
type Options struct {
	// View returns the newest view; nil while the hub starts.
	View func() *catalog.View
	// Fleet returns the newest view of all instances; nil while the hub starts. Without it, the hub
	// knows no instance.
	Fleet func() *fleet.View
	// Platform makes surveys; nil: the hub makes none.
	Platform  Platform
	Store     Store
	Collector Collector
	People    People
	Version   string
	Now       func() time.Time
	Log       *slog.Logger
}

// Store keeps acknowledgements and events. *db.DB is one.
type Store interface {
	Acknowledge(ctx context.Context, ack db.Ack) error
	Unacknowledge(ctx context.Context, certificate inventory.ID) error
	AddEvent(ctx context.Context, e db.Event) error
	Events(ctx context.Context, before int64, limit int) ([]db.Event, error)
}

// Collector collects sources as soon as possible. It does not wait for the end. *collect.Collector is
// one.
type Collector interface {
	Refresh(source string) error
	RefreshAll() error
}

// People know who a request is from. *people.Service are such.
type People interface {
	Identify(r *http.Request) (people.Person, error)
	Methods() people.Methods
	Login(ctx context.Context, username, password, address string) (people.Issued, error)
	Tokens(ctx context.Context, by people.Person) ([]people.Token, error)
	NewToken(ctx context.Context, by people.Person, name string, role people.Role, expires time.Time) (people.Token, people.Issued, error)
	RemoveToken(ctx context.Context, by people.Person, id string) error
	StartDevice(ctx context.Context, address string) (people.Device, error)
	PollDevice(ctx context.Context, code string) (people.Issued, error)
}

// service answers the requests.
type service struct {
	Options
	api     huma.API
	mux     *http.ServeMux
	surveys chan struct{} // holds a value for each that is being written
}

// maxBody bounds what a request may send, in bytes.
const maxBody = 64 << 10

// New makes the handler of everything below /v1/.
func New(options Options) http.Handler {
	s := newService(options)
	return s.protect(s.mux)
}

func newService(options Options) *service {
	s := &service{Options: options, mux: http.NewServeMux(), surveys: make(chan struct{}, surveysAtOnce)}
	s.api = humago.New(s.mux, configuration(options.Version))
	s.api.UseMiddleware(s.authorize)
	s.certificates()
	s.fleet()
	s.platform()
	s.sources()
	s.acknowledgements()
	s.events()
	s.logins()
	s.tokens()
	s.info()
	s.doomsday()
	s.openAnswers()
	s.mux.HandleFunc("/v1/", s.unknown)
	return s
}

// configuration is that of huma, without what it adds to answers by default: links to schemas, and a
// page that loads scripts from elsewhere.
func configuration(version string) huma.Config {
	c := huma.DefaultConfig("cert-health hub", version)
	c.Info.Description = "Every certificate in every store, in one place. Errors are problem details (RFC 9457)."
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "/v1/openapi", "", ""
	c.CreateHooks = nil
	c.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", schemaName)
	c.Transformers = []huma.Transformer{withoutValues}
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"token":   {Type: "http", Scheme: "bearer", Description: "a token of POST /v1/login, POST /v1/tokens or a device login"},
		"session": {Type: "apiKey", In: "cookie", Name: "__Host-cert-health", Description: "the session of a browser"},
	}
	return c
}

// operation describes an operation, and who may do it.
func operation(method, path, id, summary, tag string, need people.Role) huma.Operation {
	o := huma.Operation{
		Method: method, Path: path, OperationID: id, Summary: summary, Tags: []string{tag},
		MaxBodyBytes: maxBody, Metadata: map[string]any{roleKey: need}, Errors: []int{http.StatusBadRequest},
	}
	if need != people.Anyone {
		o.Security = []map[string][]string{{"token": {}}, {"session": {}}}
		o.Errors = append(o.Errors, http.StatusUnauthorized, http.StatusForbidden)
		o.Description = "Needs the role " + string(need) + "."
	}
	return o
}

// view is the newest view.
func (s *service) view() (*catalog.View, error) {
	if v := s.View(); v != nil {
		return v, nil
	}
	return nil, huma.ErrorWithHeaders(huma.Error503ServiceUnavailable("the hub is still reading its database; try again in a few seconds"),
		http.Header{"Retry-After": {"5"}})
}
