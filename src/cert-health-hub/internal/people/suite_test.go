package people_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"golang.org/x/crypto/bcrypt"

	"cert-health/hub/internal/db"
	"cert-health/hub/internal/people"
)

func TestPeople(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "People")
}

// password is that of all users of the specs.
const password = "correct horse battery"

// hash is one that is quickly compared with.
func hash() []byte {
	GinkgoHelper()
	made, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
	Expect(err).NotTo(HaveOccurred())
	return made
}

// hub is a hub with a login on a TLS server, and its database.
type hub struct {
	*people.Service
	db      *db.DB
	server  *httptest.Server
	log     *bytes.Buffer
	offset  time.Duration
	options people.Options
}

func (h *hub) now() time.Time { return time.Now().Add(h.offset) }

// newHub starts a hub with the users ann, an operator, and vic, a viewer.
func newHub(options people.Options) *hub {
	GinkgoHelper()
	h := &hub{log: &bytes.Buffer{}, options: options}
	log := slog.New(slog.NewTextHandler(io.MultiWriter(h.log, GinkgoWriter), nil))
	var err error
	h.db, err = db.Open(context.Background(), "sqlite:"+filepath.Join(GinkgoT().TempDir(), "hub.db"), log)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(h.db.Close)
	Expect(h.db.Migrate(context.Background())).To(Succeed())
	for name, role := range map[string]string{"ann": "operator", "vic": "viewer"} {
		Expect(h.db.AddUser(context.Background(), db.User{Name: name, Hash: hash(), Role: role, Created: h.now()})).To(Succeed())
	}
	h.server = httptest.NewUnstartedServer(nil)
	h.Service, err = people.New(people.Config{Options: options, Store: h.db, Sessions: h.db.Sessions(h.now), Log: log, Now: h.now,
		ExternalURL: "https://" + h.server.Listener.Addr().String()})
	Expect(err).NotTo(HaveOccurred())
	h.server.Config.Handler = h.handler()
	h.server.StartTLS()
	DeferCleanup(h.server.Close)
	return h
}

// handler serves the login and three pages, one for each role.
func (h *hub) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", h.Service.Handler())
	page := func(w http.ResponseWriter, r *http.Request) {
		person := people.Current(r.Context())
		_, _ = io.WriteString(w, "you are "+person.Name+" "+string(person.Role))
	}
	mux.Handle("GET /anyone", h.Authenticate(http.HandlerFunc(page)))
	mux.Handle("/page", h.Require(people.Viewer, http.HandlerFunc(page)))
	mux.Handle("/change", h.Require(people.Operator, http.HandlerFunc(page)))
	return mux
}

// browser is a client with cookies, which follows no redirects.
type browser struct {
	*http.Client
	hub *hub
}

func (h *hub) browser() *browser {
	jar, err := cookiejar.New(nil)
	Expect(err).NotTo(HaveOccurred())
	client := *h.server.Client()
	client.Jar = jar
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &browser{&client, h}
}

// answer is what a browser got.
type answer struct {
	*http.Response
	body string
}

func (b *browser) do(r *http.Request) answer {
	GinkgoHelper()
	response, err := b.Do(r)
	Expect(err).NotTo(HaveOccurred())
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	Expect(err).NotTo(HaveOccurred())
	return answer{response, string(body)}
}

func (b *browser) get(path string) answer {
	GinkgoHelper()
	r, err := http.NewRequest(http.MethodGet, b.address(path), nil)
	Expect(err).NotTo(HaveOccurred())
	r.Header.Set("Accept", "text/html")
	return b.do(r)
}

func (b *browser) address(path string) string {
	if strings.HasPrefix(path, "http") {
		return path
	}
	return b.hub.server.URL + path
}

func (b *browser) post(path string, form url.Values, headers ...string) answer {
	GinkgoHelper()
	r, err := http.NewRequest(http.MethodPost, b.address(path), strings.NewReader(form.Encode()))
	Expect(err).NotTo(HaveOccurred())
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return b.do(r)
}

// login logs in with a password.
func (b *browser) login(name, password string) answer {
	GinkgoHelper()
	return b.post("/login", url.Values{"name": {name}, "password": {password}, "next": {"/page"}})
}

// with sends a token.
func (b *browser) with(path, header, token string) answer {
	GinkgoHelper()
	r, err := http.NewRequest(http.MethodGet, b.address(path), nil)
	Expect(err).NotTo(HaveOccurred())
	r.Header.Set(header, token)
	return b.do(r)
}

// events are the texts of all events, the newest first.
func (h *hub) events() (texts []string) {
	GinkgoHelper()
	events, err := h.db.Events(context.Background(), 0, 100)
	Expect(err).NotTo(HaveOccurred())
	for _, e := range events {
		texts = append(texts, e.Text)
	}
	return texts
}
