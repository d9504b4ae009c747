// Package vaulttest starts Vault for the specs of a package. Its functions fail the spec instead
// of returning an error.
package vaulttest

import (
	"context"
	"log"
	"net/http/httputil"
	"net/url"

	"github.com/hashicorp/vault/api"
	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	"cert-health/internal/scenario"
)

// Server is a running Vault.
type Server struct{ *scenario.DevVault }

// Start starts a Vault that ends with the spec, the container or the suite which starts it.
func Start(o scenario.DevVaultOptions) *Server {
	ginkgo.GinkgoHelper()
	o.Dir = ginkgo.GinkgoT().TempDir()
	vault, err := scenario.StartDevVault(context.Background(), o)
	gomega.Expect(err).NotTo(gomega.HaveOccurred())
	ginkgo.DeferCleanup(vault.Stop)
	return &Server{vault}
}

// Write writes to a path of the API, and returns the answer.
func (s *Server) Write(path string, data map[string]any) *api.Secret {
	ginkgo.GinkgoHelper()
	secret, err := s.Client.Logical().Write(path, data)
	gomega.Expect(err).NotTo(gomega.HaveOccurred())
	return secret
}

// Engine makes a new KV engine and returns its name.
func (s *Server) Engine(version int) string {
	ginkgo.GinkgoHelper()
	name, err := s.NewEngine(context.Background(), version)
	gomega.Expect(err).NotTo(gomega.HaveOccurred())
	return name
}

// WriteSecret writes a version of a secret into an engine of version 2.
func (s *Server) WriteSecret(engine, path string, data map[string]any) {
	ginkgo.GinkgoHelper()
	s.Write(engine+"/data/"+path, map[string]any{"data": data})
}

// LimitedToken makes a token that a policy of these rules limits.
func (s *Server) LimitedToken(rules string) string {
	ginkgo.GinkgoHelper()
	token, err := s.NewToken(context.Background(), rules, nil)
	gomega.Expect(err).NotTo(gomega.HaveOccurred())
	return token
}

// Forward returns a handler that forwards requests to the Vault.
func (s *Server) Forward() *httputil.ReverseProxy {
	ginkgo.GinkgoHelper()
	target, err := url.Parse(s.Address)
	gomega.Expect(err).NotTo(gomega.HaveOccurred())
	forward := httputil.NewSingleHostReverseProxy(target)
	forward.Transport = s.Client.CloneConfig().HttpClient.Transport
	forward.ErrorLog = log.New(ginkgo.GinkgoWriter, "", 0)
	return forward
}

// Policy returns one of the policies in manifests/, for a deployment in an engine.
func Policy(file, engine, deployment string) string {
	ginkgo.GinkgoHelper()
	text, err := scenario.Policy(file, engine, deployment)
	gomega.Expect(err).NotTo(gomega.HaveOccurred())
	return text
}
