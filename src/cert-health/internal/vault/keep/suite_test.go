package keep_test

import (
	"context"
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/scenario"
	"cert-health/internal/scenario/vaulttest"
	"cert-health/internal/secret"
	"cert-health/internal/vault/client"
	"cert-health/internal/vault/keep"
)

func TestKeep(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Keep")
}

var (
	server *vaulttest.Server
	ctx    = context.Background()
)

var _ = BeforeSuite(func() { server = vaulttest.Start(scenario.DevVaultOptions{}) })

func options() client.Options {
	return client.Options{Address: server.Address, Auth: client.Auth{Token: secret.New(server.Token)}, MaxRetries: -1}
}

func storeOf(o client.Options) keep.Store {
	GinkgoHelper()
	c, err := client.New(o)
	Expect(err).NotTo(HaveOccurred())
	return keep.Store{Client: c}
}

// engine is a KV engine of a spec.
type engine struct {
	name    string
	version int
}

func newEngine(version int) engine { return engine{server.Engine(version), version} }

func (e engine) put(path string, data map[string]any) {
	GinkgoHelper()
	if e.version == 1 {
		server.Write(e.name+"/"+path, data)
		return
	}
	server.WriteSecret(e.name, path, data)
}

// get returns the values of a secret.
func (e engine) get(path string) map[string]any {
	GinkgoHelper()
	read, err := server.Client.Logical().Read(client.Mount{Path: e.name + "/", Version: e.version}.Data(path))
	Expect(err).NotTo(HaveOccurred())
	Expect(read).NotTo(BeNil(), path)
	if e.version == 1 {
		return read.Data
	}
	return read.Data["data"].(map[string]any)
}

func (e engine) path(name string) string { return e.name + "/" + name }
