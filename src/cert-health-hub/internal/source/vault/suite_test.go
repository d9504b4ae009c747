package vault_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/inventory"
	"cert-health/hub/internal/source/vault"
	"cert-health/internal/scenario"
	"cert-health/internal/scenario/vaulttest"
	"cert-health/internal/secret"
	"cert-health/internal/vault/client"
)

func TestVault(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Source vault")
}

var (
	server *vaulttest.Server
	ctx    = context.Background()
	names  atomic.Int64
)

var _ = BeforeSuite(func() { server = vaulttest.Start(scenario.DevVaultOptions{TLS: true}) })

// engine makes a PKI engine with a root, and returns its name.
func engine() string {
	GinkgoHelper()
	name := fmt.Sprintf("pki-%d", names.Add(1))
	server.Write("sys/mounts/"+name, map[string]any{"type": "pki"})
	server.Write(name+"/root/generate/internal", map[string]any{"common_name": "Root of " + name, "issuer_name": "root", "ttl": "768h"})
	server.Write(name+"/roles/any", map[string]any{"allow_any_name": true, "enforce_hostnames": false, "ttl": "24h"})
	return name
}

// issue lets a PKI engine issue a certificate, and returns its serial number.
func issue(engine, name string) string {
	GinkgoHelper()
	return server.Write(engine+"/issue/any", map[string]any{"common_name": name}).Data["serial_number"].(string)
}

func pair(name string) *scenario.Pair { return scenario.Issue(scenario.Spec{CommonName: name}) }

// options are those of the root token for these paths.
func options(paths ...string) vault.Options {
	return vault.Options{Paths: paths, Client: client.Options{Address: server.Address, CACert: server.CACert, MaxWait: time.Millisecond,
		Auth: client.Auth{Token: secret.New(server.Token)}}}
}

func open(o vault.Options) inventory.Source {
	GinkgoHelper()
	s, err := vault.New("v", o)
	Expect(err).NotTo(HaveOccurred())
	return s
}

// memory is what the collections of a spec have seen.
type memory struct {
	items        map[string]inventory.Item
	certificates map[inventory.ID]inventory.Certificate
}

func (m *memory) Item(path string) (inventory.Item, bool) { i, ok := m.items[path]; return i, ok }
func (m *memory) Certificate(id inventory.ID) (inventory.Certificate, bool) {
	c, ok := m.certificates[id]
	return c, ok
}

// collect makes a collection and remembers it.
func (m *memory) collect(s inventory.Source) *inventory.Collection {
	GinkgoHelper()
	c, err := s.Collect(ctx, m)
	Expect(err).NotTo(HaveOccurred())
	if m.items == nil {
		m.certificates = map[inventory.ID]inventory.Certificate{}
	}
	m.items = map[string]inventory.Item{}
	for _, item := range c.Items {
		m.items[item.Path] = item
	}
	for _, certificate := range c.Certificates {
		m.certificates[certificate.ID] = certificate
	}
	return c
}

// shown are the sightings of an item in words.
func (m *memory) shown(path string) (words []string) {
	for _, s := range m.items[path].Sightings {
		word := fmt.Sprintf("%s %s %s %s", s.Place, m.certificates[s.Certificate].Name(), s.State, s.Version)
		words = append(words, strings.Join(strings.Fields(word), " "))
	}
	return words
}

// paths are the paths of the items without the endpoint.
func paths(c *inventory.Collection) (all []string) {
	for _, item := range c.Items {
		if item.Kind != "endpoint" {
			all = append(all, item.Path)
		}
	}
	return all
}

// proxy is in front of the real Vault. If answer returns true, it has answered the request.
type proxy struct {
	*httptest.Server
	mutex  sync.Mutex
	asked  []string
	answer func(w http.ResponseWriter, r *http.Request) bool
}

func behind(answer func(w http.ResponseWriter, r *http.Request) bool) *proxy {
	GinkgoHelper()
	forward := server.Forward()
	p := &proxy{answer: answer}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mutex.Lock()
		p.asked = append(p.asked, strings.TrimPrefix(r.URL.Path, "/v1/"))
		p.mutex.Unlock()
		if p.answer == nil || !p.answer(w, r) {
			forward.ServeHTTP(w, r)
		}
	}))
	DeferCleanup(p.Close)
	return p
}

// through makes a source that asks through the proxy.
func (p *proxy) through(o vault.Options) inventory.Source {
	o.Client.Address, o.Client.CACert = p.URL, ""
	return open(o)
}

// requests returns the paths of the requests since the last call, without log-ins.
func (p *proxy) requests() (paths []string) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	for _, path := range p.asked {
		if !strings.HasPrefix(path, "auth/") && !strings.HasPrefix(path, "sys/") {
			paths = append(paths, path)
		}
	}
	p.asked = nil
	return paths
}
