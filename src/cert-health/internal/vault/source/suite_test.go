package source_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
	"cert-health/internal/reference"
	"cert-health/internal/scenario"
	"cert-health/internal/scenario/vaulttest"
	"cert-health/internal/secret"
	"cert-health/internal/vault/client"
	"cert-health/internal/vault/publish"
	"cert-health/internal/vault/source"
)

func TestSource(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Vault source")
}

var (
	server *vaulttest.Server
	ctx    = context.Background()
)

var _ = BeforeSuite(func() {
	server = vaulttest.Start(scenario.DevVaultOptions{TLS: true})
})

func newClient(token string) client.Options {
	return client.Options{Address: server.Address, CACert: server.CACert, Auth: client.Auth{Token: secret.New(token)}, MaxWait: time.Millisecond}
}

func newSource(o source.Options) *source.Source {
	GinkgoHelper()
	s, err := source.New(o)
	Expect(err).NotTo(HaveOccurred())
	return s
}

// publishAll publishes everything below a path.
func publishAll(path string) {
	GinkgoHelper()
	vault, err := client.New(newClient(server.Token))
	Expect(err).NotTo(HaveOccurred())
	result, err := publish.New(vault, publish.Options{Paths: []string{path}, MaxSecrets: 1000, Prune: true, Now: time.Now}).Run(ctx)
	Expect(err).NotTo(HaveOccurred())
	Expect(result.Problems).To(BeEmpty())
}

func pair(name string) *scenario.Pair { return scenario.Issue(scenario.Spec{CommonName: name}) }

// identities are those of pairs.
func identities(pairs ...*scenario.Pair) map[cert.IdentityDigest]bool {
	all := map[cert.IdentityDigest]bool{}
	for _, p := range pairs {
		all[p.Noun().IdentityDigest()] = true
	}
	return all
}

// names lists what an answer holds as "path key version".
func names(answer *reference.Answer) []string {
	list := []string{}
	for _, secret := range answer.Secrets {
		for _, held := range secret.Entries {
			list = append(list, fmt.Sprintf("%s %s v%d", secret.String(), held.Key, secret.Known))
		}
	}
	return list
}
