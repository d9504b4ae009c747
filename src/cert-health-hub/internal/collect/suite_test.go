package collect_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"code.cloudfoundry.org/clock"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/catalog"
	"cert-health/hub/internal/collect"
	"cert-health/hub/internal/db"
	"cert-health/hub/internal/inventory"
	"cert-health/hub/internal/source/vault"
	"cert-health/internal/scenario"
	"cert-health/internal/scenario/vaulttest"
	"cert-health/internal/secret"
	"cert-health/internal/vault/client"
)

func TestCollect(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Collect")
}

var (
	server *vaulttest.Server
	ctx    = context.Background()
)

var _ = BeforeSuite(func() {
	server = vaulttest.Start(scenario.DevVaultOptions{TLS: true})
	SetDefaultEventuallyTimeout(time.Minute) // a busy machine is slow
	SetDefaultEventuallyPollingInterval(10 * time.Millisecond)
})

// sink keeps what is logged.
type sink struct {
	mutex sync.Mutex
	bytes.Buffer
}

func (s *sink) Write(line []byte) (int, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.Buffer.Write(line)
}

func (s *sink) String() string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.Buffer.String()
}

// hub is a collector on a database file.
type hub struct {
	*collect.Collector
	log  *sink
	stop func() // ends it and waits
}

// file makes the path of a database.
func file() string { return filepath.Join(GinkgoT().TempDir(), "hub.db") }

// database opens a database.
func database(path string) *db.DB {
	GinkgoHelper()
	opened, err := db.Open(ctx, "sqlite:"+path, slog.New(slog.DiscardHandler))
	Expect(err).NotTo(HaveOccurred())
	Expect(opened.Migrate(ctx)).To(Succeed())
	return opened
}

// start runs a collector on a database file until the end of the spec, or until stop.
func start(path string, at clock.Clock, sources ...collect.Source) *hub {
	GinkgoHelper()
	store := database(path)
	h := startOn(store, at, sources...)
	stop := h.stop
	h.stop = sync.OnceFunc(func() {
		stop()
		_ = store.Close()
	})
	DeferCleanup(h.stop)
	return h
}

func startOn(store collect.Store, at clock.Clock, sources ...collect.Source) *hub {
	GinkgoHelper()
	h := &hub{log: &sink{}}
	var err error
	h.Collector, err = collect.New(collect.Options{Sources: sources, Store: store, Policy: catalog.DefaultPolicy(), Clock: at, Log: slog.New(slog.NewTextHandler(h.log, nil))})
	Expect(err).NotTo(HaveOccurred())
	running, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		h.Run(running)
	}()
	h.stop = sync.OnceFunc(func() {
		cancel()
		<-ended
	})
	DeferCleanup(h.stop)
	return h
}

// health returns how a source is.
func (h *hub) health(name string) inventory.Health {
	s, _ := h.View().Source(name)
	return s.Health
}

// placements are the paths at which the catalog has certificates, each with a reason if it is unseen.
func (h *hub) placements() map[string]string {
	all := map[string]string{}
	for _, e := range h.View().List(catalog.Query{Limit: 1000}).Entries {
		for _, p := range e.Placements {
			if p.Kind != "endpoint" {
				all[p.Path] = p.Unseen
			}
		}
	}
	return all
}

func pair(name string) *scenario.Pair { return scenario.Issue(scenario.Spec{CommonName: name}) }

// proxy is in front of the real Vault. If rude is set and returns true, it has answered the request.
type proxy struct {
	*httptest.Server
	mutex sync.Mutex
	rude  func(w http.ResponseWriter, r *http.Request) bool
	asked int
}

func (p *proxy) be(rude func(w http.ResponseWriter, r *http.Request) bool) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.rude = rude
}

func (p *proxy) requests() int {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.asked
}

func behind() *proxy {
	GinkgoHelper()
	forward := server.Forward()
	p := &proxy{}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mutex.Lock()
		p.asked++
		rude := p.rude
		p.mutex.Unlock()
		if rude == nil || !rude(w, r) {
			forward.ServeHTTP(w, r)
		}
	}))
	DeferCleanup(p.Close)
	return p
}

// interval is that of the sources of specs. After three of them a source is stale, and a busy machine is
// slow.
const interval = 500 * time.Millisecond

// source is the real source of an engine, asked at an address.
func source(address, engine string, change ...func(*vault.Options)) collect.Source {
	GinkgoHelper()
	o := vault.Options{Paths: []string{engine}, Client: client.Options{Address: address, MaxRetries: -1, MaxWait: time.Millisecond,
		Auth: client.Auth{Token: secret.New(server.Token)}}}
	for _, change := range change {
		change(&o)
	}
	made, err := vault.New("v", o)
	Expect(err).NotTo(HaveOccurred())
	return collect.Source{Name: "v", Type: vault.Type, Interval: interval, Timeout: time.Minute, Source: made}
}

// written makes an engine with that many secrets below a, and as many below b.
func written(count int) (engine string) {
	GinkgoHelper()
	engine = server.Engine(2)
	for i := range count {
		server.WriteSecret(engine, "a/"+string(rune('a'+i)), map[string]any{"certificate": pair("a").CertPEM()})
		server.WriteSecret(engine, "b/"+string(rune('a'+i)), map[string]any{"certificate": pair("b").CertPEM()})
	}
	return engine
}
