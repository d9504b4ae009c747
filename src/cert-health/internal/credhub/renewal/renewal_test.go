package renewal_test

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/credhub"
	"cert-health/internal/credhub/renewal"
	"cert-health/internal/plan"
	"cert-health/internal/report/terminal"
	"cert-health/internal/scenario"
	"cert-health/internal/secret"
)

var ctx = context.Background()

// server answers as CredHub and its UAA do, about one certificate. The hub's module has a whole stand-in.
type server struct {
	*httptest.Server
	versions []map[string]any
	sent     []string
	refuse   int
	key      string // of the new version, which CredHub sends back
}

func newServer(ca, generated bool) *server {
	GinkgoHelper()
	s := &server{key: scenario.Issue(scenario.Spec{CommonName: "x"}).KeyPEM()}
	s.add(ca, generated, false)
	mux := http.NewServeMux()
	s.Server = httptest.NewTLSServer(mux)
	DeferCleanup(s.Close)
	answer := func(w http.ResponseWriter, value any) { _ = json.NewEncoder(w).Encode(value) }
	mux.HandleFunc("GET /info", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]any{"auth-server": map[string]any{"url": s.URL}})
	})
	mux.HandleFunc("POST /oauth/token", func(w http.ResponseWriter, _ *http.Request) { answer(w, map[string]any{"access_token": "t"}) })
	mux.HandleFunc("GET /api/v1/certificates/", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("name") != "/cf/x" {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		answer(w, map[string]any{"certificates": []any{map[string]any{"id": "c1", "name": "/cf/x", "signed_by": "/cf/ca", "versions": s.versions}}})
	})
	mux.HandleFunc("POST /api/v1/certificates/c1/regenerate", func(w http.ResponseWriter, r *http.Request) {
		var body bytes.Buffer
		_, _ = body.ReadFrom(r.Body)
		s.sent = append(s.sent, body.String())
		if s.refuse != 0 {
			w.WriteHeader(s.refuse)
			answer(w, map[string]any{"error": "no"})
			return
		}
		s.add(ca, true, strings.Contains(body.String(), `"set_as_transitional":true`))
		answer(w, map[string]any{"id": s.versions[0]["id"], "value": map[string]any{"private_key": s.key}})
	})
	return s
}

func (s *server) add(ca, generated, transitional bool) {
	s.versions = append([]map[string]any{{"id": fmt.Sprint("v", len(s.versions)+1), "expiry_date": time.Now().AddDate(1, 0, 0).UTC().Format(time.RFC3339),
		"transitional": transitional, "certificate_authority": ca, "generated": generated}}, s.versions...)
}

func (s *server) client() *credhub.Client {
	GinkgoHelper()
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	c, err := credhub.New(credhub.Options{Address: s.URL, CACert: string(ca), ClientID: "c", ClientSecret: secret.New("s")})
	Expect(err).NotTo(HaveOccurred())
	return c
}

var _ = Describe("a renewal in CredHub", func() {
	prepare := func(s *server, o renewal.Options) (*renewal.Job, string) {
		GinkgoHelper()
		job, err := renewal.Prepare(ctx, s.client(), o)
		Expect(err).NotTo(HaveOccurred())
		var text bytes.Buffer
		Expect(job.Plan().Write(&text, terminal.Style{Width: 200})).To(Succeed())
		return job, text.String()
	}
	named := renewal.Options{Names: []string{"/cf/x", "cf/x"}}

	It("regenerates a leaf, and no key comes out", func() {
		s := newServer(false, true)
		job, text := prepare(s, named)
		Expect(text).To(HavePrefix("Regenerate /cf/x in CredHub\n"))
		Expect(text).To(ContainSubstring("signed by /cf/ca\n"))
		Expect(s.sent).To(BeEmpty())
		results := job.Run(ctx)
		Expect(results).To(HaveExactElements(HaveField("State", plan.Done)))
		Expect(results[0].Detail).To(HavePrefix("version v2, ends "))
		Expect(s.sent).To(Equal([]string{`{"set_as_transitional":false}`}))
		Expect(fmt.Sprintf("%v %+v", results, job)).NotTo(ContainSubstring("PRIVATE KEY"))
	})

	It("asks for a lifetime and a size", func() {
		s := newServer(false, true)
		job, text := prepare(s, renewal.Options{Names: []string{"/cf/x"}, Lifetime: 36 * time.Hour, KeyLength: 3072})
		Expect(text).To(ContainSubstring("2 days from now"))
		job.Run(ctx)
		Expect(s.sent).To(Equal([]string{`{"set_as_transitional":false,"duration":2,"key_length":3072}`}))
	})

	It("begins the rotation of a CA, once", func() {
		s := newServer(true, true)
		job, text := prepare(s, named)
		Expect(text).To(ContainSubstring("its new version is transitional"))
		Expect(job.Run(ctx)[0].State).To(Equal(plan.Done))
		Expect(s.sent).To(Equal([]string{`{"set_as_transitional":true}`}))
		_, err := renewal.Prepare(ctx, s.client(), named)
		Expect(err).To(MatchError(ContainSubstring("a rotation of this CA is under way")))
	})

	It("names all that cannot be renewed", func() {
		_, err := renewal.Prepare(ctx, newServer(false, false).client(), renewal.Options{Names: []string{"/cf/x", "/cf/missing"}})
		Expect(err).To(MatchError(ContainSubstring("/cf/x: it was set, not generated")))
		Expect(err).To(MatchError(ContainSubstring("/cf/missing: CredHub shows no certificate /cf/missing")))
	})

	It("says why CredHub refuses, and what it has not begun", func() {
		s := newServer(false, true)
		job, _ := prepare(s, named)
		s.refuse = http.StatusForbidden
		Expect(job.Run(ctx)[0]).To(And(HaveField("State", plan.Failed), HaveField("Detail", ContainSubstring("CredHub does not permit this"))))
	})

	It("does not regenerate what someone else has regenerated since", func() {
		s := newServer(false, true)
		job, _ := prepare(s, named)
		s.add(false, true, false)
		Expect(job.Run(ctx)[0].Detail).To(ContainSubstring("someone else has changed it"))
		Expect(s.sent).To(BeEmpty())
	})
})
