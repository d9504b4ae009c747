package opsman_test

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
	"cert-health/hub/internal/source/opsman"
	"cert-health/hub/internal/source/sourcetest"
	"cert-health/hub/internal/standin"
	store "cert-health/hub/internal/standin/opsman"
	"cert-health/hub/internal/standin/uaa"
	"cert-health/internal/scenario"
	"cert-health/internal/secret"
)

func TestOpsman(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Source Ops Manager")
}

const password = "the-user-s3cr3t"

// rig is an Ops Manager, and a source that reads it.
type rig struct {
	uaa     *uaa.Server
	store   *store.Server
	server  *standin.Server
	options opsman.Options
	memory  *sourcetest.Memory
}

func start(options store.Options) *rig {
	r := &rig{memory: sourcetest.NewMemory()}
	ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
	r.uaa = uaa.New(uaa.Options{
		Clients: map[string]uaa.Client{"opsman": {Grants: []string{"password"}}, "hub": {Secret: password, Scopes: []string{"opsman.full_view"}}, "nothing": {Secret: password}},
		Users:   map[string]uaa.User{"admin": {Password: password, Scopes: []string{"opsman.admin"}}},
	})
	options.UAA = r.uaa
	r.store = store.New(options)
	r.store.SetCertificates(deployed("cf-guid", ".properties.router_ssl"), deployed("p-bosh-guid", "/opsmgr/bosh_dns/tls_ca"))
	var err error
	r.server, err = standin.Serve(r.store, ca)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(r.server.Close)
	DeferCleanup(func() { Expect(r.store.Clashes()).To(BeZero(), "one call at a time") })
	r.options = opsman.Defaults()
	r.options.Address, r.options.CACert = r.server.URL, filepath.Join(GinkgoT().TempDir(), "ca.pem")
	Expect(r.server.CAFile(r.options.CACert)).To(Succeed())
	r.options.User, r.options.Password = "admin", secret.New(password)
	return r
}

// deployed is a certificate as Ops Manager shows it.
func deployed(product, name string) store.Certificate {
	c := store.Certificate{Issuer: "/C=US/O=Pivotal", ValidFrom: "2026-01-01T00:00:00Z", ValidUntil: "2028-01-01T00:00:00Z",
		PropertyReference: name, PropertyType: "rsa_cert_credentials", ProductGUID: product, Location: "ops_manager",
		Procedure: "Rotate CAs", ProcedureURL: "https://docs.example.com/rotate"}
	if strings.HasPrefix(name, "/") {
		c.VariablePath, c.Location, c.IsCA = name, "credhub", true
	}
	return c
}

// collect collects, and keeps what was seen.
func (r *rig) collect(ctx context.Context) (*inventory.Collection, error) {
	source, err := opsman.New("opsman", r.options)
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

func day(text string) time.Time {
	t, err := time.Parse(time.DateOnly, text)
	Expect(err).NotTo(HaveOccurred())
	return t
}
