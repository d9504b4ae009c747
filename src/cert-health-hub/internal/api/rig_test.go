package api_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"golang.org/x/crypto/bcrypt"

	"cert-health/hub/internal/api"
	"cert-health/hub/internal/catalog"
	"cert-health/hub/internal/catalog/sample"
	"cert-health/hub/internal/collect"
	"cert-health/hub/internal/db"
	"cert-health/hub/internal/fleet"
	fleetsample "cert-health/hub/internal/fleet/sample"
	"cert-health/hub/internal/people"
	"cert-health/hub/internal/platform"
	platformsample "cert-health/hub/internal/platform/sample"
)

// password is one that no answer and no log may hold.
const password = "hunter2-do-not-show"

// rig is an API over a sample, with a real database and real logins.
type rig struct {
	view      *catalog.View
	fleet     *fleet.View
	people    *people.Service
	store     *db.DB
	handler   http.Handler
	log       *strings.Builder
	tokens    map[string]string // by role
	refreshed []string
}

// newRig has n certificates; no view at all if n is negative.
func newRig(n int) *rig { return newRigWith(n, people.Default()) }

func newRigWith(n int, options people.Options) *rig {
	GinkgoHelper()
	return newRigOf(n, options, func(*api.Options) {})
}

// newRigOf changes the options of the API.
func newRigOf(n int, options people.Options, change func(*api.Options)) *rig {
	GinkgoHelper()
	r := &rig{log: new(strings.Builder), tokens: map[string]string{"nonsense": "nonsense"}}
	if n >= 0 {
		r.view, r.fleet = sample.View(n), fleetsample.View(60)
	}
	log := slog.New(slog.NewTextHandler(r.log, nil))
	ctx := context.Background()
	var err error
	r.store, err = db.Open(ctx, "sqlite:"+filepath.Join(GinkgoT().TempDir(), "hub.db"), log)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(r.store.Close)
	Expect(r.store.Migrate(ctx)).To(Succeed())
	r.people, err = people.New(people.Config{Options: options, Store: r.store, Sessions: r.store.Sessions(sample.Now),
		ExternalURL: "https://hub.example.com", Log: log, Now: sample.Now})
	Expect(err).NotTo(HaveOccurred())
	r.login(ctx)
	settings := api.Options{
		View: func() *catalog.View { return r.view }, Fleet: func() *fleet.View { return r.fleet }, Store: r.store, People: r.people, Collector: r, Version: "1.2.3", Now: sample.Now, Log: log,
	}
	settings.Platform = platform.New(platform.Options{Reports: fleetsample.Reports(60), Fleet: settings.Fleet, Catalog: settings.View, Knowledge: platformsample.Knowledge()})
	change(&settings)
	r.handler = api.New(settings)
	return r
}

// login makes the users ann, a viewer, and olaf, an operator, and a token for each.
func (r *rig) login(ctx context.Context) {
	hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
	Expect(err).NotTo(HaveOccurred())
	for name, role := range map[string]people.Role{"ann": people.Viewer, "olaf": people.Operator} {
		Expect(r.store.AddUser(ctx, db.User{Name: name, Hash: hash, Role: string(role), Created: sample.Now()})).To(Succeed())
		r.tokens[string(role)] = r.token(name, role, time.Hour)
	}
	r.tokens["expired"] = r.token("olaf", people.Operator, -time.Second)
}

func (r *rig) token(name string, role people.Role, valid time.Duration) string {
	_, issued, err := r.people.NewToken(context.Background(), people.Person{Name: name, Role: role}, "of the spec", role, sample.Now().Add(valid))
	Expect(err).NotTo(HaveOccurred())
	return issued.Token
}

// Refresh notes for which source a collection was asked for.
func (r *rig) Refresh(source string) error {
	if _, known := r.view.Source(source); !known {
		return collect.ErrUnknown
	}
	r.refreshed = append(r.refreshed, source)
	return nil
}

// RefreshAll notes that a collection of all sources was asked for.
func (r *rig) RefreshAll() error {
	r.refreshed = append(r.refreshed, "all")
	return nil
}

// ask sends a request with the token of a role.
func (r *rig) ask(role, method, target, body string) *httptest.ResponseRecorder {
	request := httptest.NewRequest(method, "/", strings.NewReader(body))
	request.URL.Path, request.URL.RawQuery, _ = strings.Cut(target, "?")
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	if role != "" {
		request.Header.Set("Authorization", "Bearer "+r.tokens[role])
	}
	return r.send(request)
}

func (r *rig) send(request *http.Request) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	r.handler.ServeHTTP(answer, request)
	return answer
}

// escaped asks for a path as it is written.
func (r *rig) escaped(target string) *httptest.ResponseRecorder {
	request := httptest.NewRequest(http.MethodGet, target, nil)
	request.Header.Set("Authorization", "Bearer "+r.tokens["viewer"])
	return r.send(request)
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
