package publish_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"

	. "github.com/onsi/ginkgo/v2"

	"cert-health/internal/scenario/vaulttest"
)

// proxy is in front of Vault. It records requests, and can answer instead of Vault.
type proxy struct {
	*httptest.Server
	mutex    sync.Mutex
	requests []string // "GET kv/data/a"
	// guard, if set, answers instead of Vault if it returns a status. It is called
	// for one request at a time, and may replace itself.
	guard func(method, path string) (status int)
}

func newProxy(vault *vaulttest.Server) *proxy {
	GinkgoHelper()
	forward := vault.Forward()
	g := &proxy{}
	g.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if status := g.pass(r); status != 0 {
			w.WriteHeader(status)
			fmt.Fprint(w, `{"errors":["the proxy is closed"]}`)
			return
		}
		forward.ServeHTTP(w, r)
	}))
	DeferCleanup(g.Server.Close)
	return g
}

func (g *proxy) pass(r *http.Request) int {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	path := strings.TrimPrefix(r.URL.Path, "/v1/")
	method := r.Method
	if method == http.MethodGet && r.URL.Query().Get("list") == "true" {
		method = "LIST"
	}
	g.requests = append(g.requests, method+" "+path)
	if g.guard == nil {
		return 0
	}
	return g.guard(method, path)
}

// watch sets the guard, or takes it away. What was cut off may still be on its way.
func (g *proxy) watch(guard func(method, path string) int) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	g.guard = guard
}

// passed are the requests so far.
func (g *proxy) passed() []string {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	return slices.Clone(g.requests)
}

// writes are the requests that change something.
func (g *proxy) writes() []string {
	all := []string{}
	for _, request := range g.passed() {
		if !strings.HasPrefix(request, "GET ") && !strings.HasPrefix(request, "LIST ") {
			all = append(all, request)
		}
	}
	return all
}
