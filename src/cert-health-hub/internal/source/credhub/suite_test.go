package credhub_test

import (
	"context"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/inventory"
	"cert-health/hub/internal/source/credhub"
	"cert-health/hub/internal/source/sourcetest"
	"cert-health/hub/internal/standin"
	store "cert-health/hub/internal/standin/credhub"
	"cert-health/hub/internal/standin/uaa"
	"cert-health/internal/scenario"
	"cert-health/internal/secret"
)

func TestCredHub(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Source CredHub")
}

const clientSecret = "the-client-s3cr3t"

// rig is a CredHub with its UAA, and a source that reads it.
type rig struct {
	ca      *scenario.Pair
	uaa     *uaa.Server
	tokens  *standin.Server
	store   *store.Server
	server  *standin.Server
	options credhub.Options
	memory  *sourcetest.Memory
	now     time.Time
}

func start() *rig {
	r := &rig{ca: scenario.Issue(scenario.Spec{CommonName: "ca", CA: true}), memory: sourcetest.NewMemory(), now: time.Now()}
	both := []string{"credhub.read", "credhub.write"}
	r.uaa = uaa.New(uaa.Options{Clients: map[string]uaa.Client{"hub": {Secret: clientSecret, Scopes: both}, "half": {Secret: clientSecret, Scopes: both[:1]}}})
	var err error
	r.tokens, err = standin.Serve(r.uaa, r.ca)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(r.tokens.Close)
	r.store = store.New(store.Options{UAA: r.uaa, UAAURL: r.tokens.URL, ConcatenateCAs: true, Now: func() time.Time { return r.now.Add(-time.Hour) }})
	r.store.Permit("uaa-client:hub", "/*", "read", "write", "delete")
	r.server, err = standin.Serve(r.store, r.ca)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(r.server.Close)
	r.options = credhub.Defaults()
	r.options.Address, r.options.CACert = r.server.URL, filepath.Join(GinkgoT().TempDir(), "ca.pem")
	Expect(r.server.CAFile(r.options.CACert)).To(Succeed())
	r.options.ClientID, r.options.ClientSecret = "hub", secret.New(clientSecret)
	return r
}

func (r *rig) source() inventory.Source {
	r.options.Now = func() time.Time { return r.now }
	source, err := credhub.New("credhub", r.options)
	Expect(err).NotTo(HaveOccurred())
	return source
}

// collect collects, and keeps what was seen.
func (r *rig) collect(ctx context.Context) (*inventory.Collection, error) {
	collection, err := r.source().Collect(ctx, r.memory)
	Expect(sourcetest.Everything(collection, err)).NotTo(Or(ContainSubstring("s3cr3t"), ContainSubstring("PRIVATE KEY")))
	if err == nil {
		r.memory.Keep(collection)
	}
	return collection, err
}

func (r *rig) collected(ctx context.Context) *inventory.Collection {
	collection, err := r.collect(ctx)
	Expect(err).NotTo(HaveOccurred())
	return collection
}

func (r *rig) generate(name, ca string, spec scenario.Spec) *scenario.Pair {
	if spec.CommonName == "" {
		spec.CommonName = strings.Trim(name, "/")
	}
	pair, err := r.store.Generate(name, ca, spec)
	Expect(err).NotTo(HaveOccurred())
	return pair
}

// on answers requests whose path begins like this.
func (r *rig) on(prefix string, answer http.HandlerFunc) {
	r.server.Instead(func(w http.ResponseWriter, request *http.Request) {
		if strings.HasPrefix(request.URL.Path, prefix) {
			answer(w, request)
		}
	})
}

// present lets the source log in with a certificate.
func (r *rig) present(pair *scenario.Pair) {
	r.options.ClientID, r.options.ClientSecret = "", secret.Value{}
	r.options.Certificate, r.options.PrivateKey = pair.CertPEM(), secret.New(pair.KeyPEM())
}
