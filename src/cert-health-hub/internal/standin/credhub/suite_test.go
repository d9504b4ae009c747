package credhub_test

import (
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/standin"
	"cert-health/hub/internal/standin/credhub"
	"cert-health/hub/internal/standin/uaa"
	"cert-health/internal/scenario"
)

func TestCredHub(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Stand-in for CredHub")
}

// rig is a CredHub with its UAA.
type rig struct {
	ca      *scenario.Pair
	uaa     *uaa.Server
	credhub *credhub.Server
	server  *standin.Server
}

func start(options credhub.Options) *rig {
	r := &rig{ca: scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})}
	both := []string{"credhub.read", "credhub.write"}
	r.uaa = uaa.New(uaa.Options{Clients: map[string]uaa.Client{
		"admin":  {Secret: "admin-secret", Scopes: both},
		"reader": {Secret: "reader-secret", Scopes: both},
		"half":   {Secret: "half-secret", Scopes: both[:1]},
	}})
	tokens, err := standin.Serve(r.uaa, r.ca)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(tokens.Close)
	options.UAA, options.UAAURL = r.uaa, tokens.URL
	r.credhub = credhub.New(options)
	r.credhub.Permit("uaa-client:admin", "/*", "read", "write", "delete", "read_acl", "write_acl")
	r.server, err = standin.Serve(r.credhub, r.ca)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(r.server.Close)
	return r
}
