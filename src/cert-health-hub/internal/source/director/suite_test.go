package director_test

import (
	"context"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/inventory"
	"cert-health/hub/internal/source/director"
	"cert-health/hub/internal/source/sourcetest"
	"cert-health/hub/internal/standin"
	store "cert-health/hub/internal/standin/director"
	"cert-health/hub/internal/standin/uaa"
	"cert-health/internal/scenario"
	"cert-health/internal/secret"
)

func TestDirector(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Source Director")
}

const clientSecret = "the-client-s3cr3t"

// rig is a Director with its UAA, and a source that reads it.
type rig struct {
	uaa     *uaa.Server
	store   *store.Server
	server  *standin.Server
	options director.Options
	memory  *sourcetest.Memory
}

func start(options store.Options) *rig {
	r := &rig{memory: sourcetest.NewMemory()}
	ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
	r.uaa = uaa.New(uaa.Options{
		Clients: map[string]uaa.Client{
			"hub": {Secret: clientSecret, Scopes: []string{"bosh.read"}}, "admin": {Secret: clientSecret, Scopes: []string{"bosh.admin"}},
			"team": {Secret: clientSecret, Scopes: []string{"bosh.teams.t.admin"}}, "nothing": {Secret: clientSecret}, "bosh_cli": {Grants: []string{"password"}}},
		Users: map[string]uaa.User{"person": {Password: clientSecret, Scopes: []string{"bosh.read"}}},
	})
	tokens, err := standin.Serve(r.uaa, ca)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(tokens.Close)
	if options.Users == nil {
		options.UAA, options.UAAURL = r.uaa, tokens.URL
	}
	r.store = store.New(options)
	r.store.SetCertificates(store.Expiry{Path: "nats.tls.ca", Expiry: "2027-03-01T00:00:00Z"})
	r.store.SetDeployments(deployment("cf"), deployment("mysql"))
	r.server, err = standin.Serve(r.store, ca)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(r.server.Close)
	r.options = director.Defaults()
	r.options.Address, r.options.CACert = r.server.URL, filepath.Join(GinkgoT().TempDir(), "ca.pem")
	Expect(r.server.CAFile(r.options.CACert)).To(Succeed())
	r.options.ClientID, r.options.ClientSecret = "hub", secret.New(clientSecret)
	return r
}

func deployment(name string) store.Deployment {
	return store.Deployment{Name: name,
		Instances: []store.Instance{{AgentID: "agent-" + name, CID: "vm", Job: "router", ID: "id", Index: 3, AZ: "z1", IPs: []string{"10.0.0.1", "10.0.0.2"}, ExpectsVM: true, State: "started"}},
		Variables: []store.Variable{{ID: "7", Name: "/bosh/" + name + "/tls", Expiry: "2027-01-01T00:00:00Z"}, {ID: "8", Name: "/bosh/" + name + "/password"}}}
}

// collect collects, and keeps what was seen.
func (r *rig) collect(ctx context.Context) (*inventory.Collection, error) {
	source, err := director.New("director", r.options)
	Expect(err).NotTo(HaveOccurred())
	collection, err := source.Collect(ctx, r.memory)
	Expect(sourcetest.Everything(collection, err)).NotTo(ContainSubstring("s3cr3t"))
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

// on answers requests whose path has this part.
func (r *rig) on(part string, answer http.HandlerFunc) {
	r.server.Instead(func(w http.ResponseWriter, request *http.Request) {
		if strings.Contains(request.URL.Path, part) {
			answer(w, request)
		}
	})
}
