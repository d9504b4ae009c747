package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/api"
	"cert-health/hub/internal/catalog"
	"cert-health/hub/internal/catalog/sample"
	"cert-health/hub/internal/db"
)

// password is one that no answer and no log may hold.
const password = "hunter2-do-not-show"

// rig is an API over a sample and a real database.
type rig struct {
	view      *catalog.View
	people    *people
	store     *db.DB
	handler   http.Handler
	log       *strings.Builder
	refreshed []string
}

func newRig(n int) *rig {
	r := &rig{people: &people{methods: api.Methods{Local: true, Device: true}}, log: new(strings.Builder)}
	if n >= 0 {
		r.view = sample.View(n)
	}
	log := slog.New(slog.NewTextHandler(r.log, nil))
	ctx := context.Background()
	store, err := db.Open(ctx, "sqlite:"+filepath.Join(GinkgoT().TempDir(), "hub.db"), log)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(store.Close)
	Expect(store.Migrate(ctx)).To(Succeed())
	r.store = store
	r.handler = api.New(api.Options{
		View: func() *catalog.View { return r.view }, Store: store, People: r.people, Version: "1.2.3", Now: sample.Now, Log: log,
		Refresh: func(_ context.Context, source string) error { r.refreshed = append(r.refreshed, source); return nil },
	})
	return r
}

// ask sends a request with the token of a role.
func (r *rig) ask(role, method, target, body string) *httptest.ResponseRecorder {
	request := httptest.NewRequest(method, "/", strings.NewReader(body))
	path, query, _ := strings.Cut(target, "?")
	request.URL.Path, request.URL.RawQuery = path, query
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	if role != "" {
		request.Header.Set("Authorization", "Bearer "+role)
	}
	answer := httptest.NewRecorder()
	r.handler.ServeHTTP(answer, request)
	return answer
}

func (r *rig) get(target string) *httptest.ResponseRecorder {
	return r.ask("viewer", http.MethodGet, target, "")
}

// decode reads an answer that must have the status.
func decode[T any](answer *httptest.ResponseRecorder, status int) (value T) {
	GinkgoHelper()
	Expect(answer.Code).To(Equal(status), answer.Body.String())
	Expect(json.Unmarshal(answer.Body.Bytes(), &value)).To(Succeed(), answer.Body.String())
	return value
}

// people accept the names of roles as tokens.
type people struct {
	methods   api.Methods
	confirmed bool
	removed   []string
}

func (p *people) Identify(r *http.Request) (api.Person, error) {
	switch token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "); token {
	case "viewer", "operator":
		return api.Person{Name: "ann " + token, Role: api.Role(token)}, nil
	}
	return api.Person{}, api.ErrNotLoggedIn
}

func (p *people) Login(_ context.Context, username, given, address string) (api.Issued, error) {
	switch {
	case username == "crowd":
		return api.Issued{}, fmt.Errorf("login: %w", &api.WaitError{After: 30 * time.Second})
	case username != "ann" || given != password || address != "192.0.2.1":
		return api.Issued{}, api.ErrRefused
	}
	return p.issued(), nil
}

func (p *people) issued() api.Issued {
	return api.Issued{Token: "viewer", Expires: sample.Now().Add(time.Hour), Person: api.Person{Name: "ann", Role: api.Viewer}}
}

func (p *people) Methods() api.Methods { return p.methods }

func (p *people) Tokens(context.Context, api.Person) ([]api.Token, error) {
	return []api.Token{{ID: "t1", Name: "script", Role: api.Viewer, Owner: "ann", Created: sample.Now()}}, nil
}

func (p *people) NewToken(_ context.Context, by api.Person, name string, role api.Role, expires time.Time) (api.Token, api.Issued, error) {
	return api.Token{ID: "t2", Name: name, Role: role, Owner: by.Name, Created: sample.Now(), Expires: expires}, api.Issued{Token: "secret-token"}, nil
}

func (p *people) RemoveToken(_ context.Context, _ api.Person, id string) error {
	if id != "t1" {
		return api.ErrNotFound
	}
	p.removed = append(p.removed, id)
	return nil
}

func (p *people) StartDevice(context.Context, string) (api.Device, error) {
	return api.Device{DeviceCode: "device", UserCode: "ABCD-EFGH", URL: "https://hub.example.com/device?code=ABCD-EFGH", Expires: sample.Now().Add(time.Minute), Interval: 5 * time.Second}, nil
}

func (p *people) PollDevice(_ context.Context, code string) (api.Issued, error) {
	switch {
	case code != "device":
		return api.Issued{}, api.ErrRefused
	case !p.confirmed:
		return api.Issued{}, api.ErrPending
	}
	return p.issued(), nil
}
