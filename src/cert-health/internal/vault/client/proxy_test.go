package client_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"

	. "github.com/onsi/ginkgo/v2"

	"cert-health/internal/vault/client"
)

// proxy is in front of the real Vault. If answer returns true, it has answered the request.
type proxy struct {
	*httptest.Server
	mutex sync.Mutex
	paths []string
}

func behind(answer func(w http.ResponseWriter, r *http.Request) bool) *proxy {
	GinkgoHelper()
	p := unstarted(answer)
	p.Start()
	DeferCleanup(p.Close)
	return p
}

func unstarted(answer func(w http.ResponseWriter, r *http.Request) bool) *proxy {
	GinkgoHelper()
	forward := server.Forward()
	p := &proxy{}
	p.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mutex.Lock()
		p.paths = append(p.paths, r.URL.Path)
		p.mutex.Unlock()
		if !answer(w, r) {
			forward.ServeHTTP(w, r)
		}
	}))
	return p
}

// passing answers no request.
func passing(http.ResponseWriter, *http.Request) bool { return false }

// through returns the options of a client that uses the proxy.
func (p *proxy) through(o client.Options) client.Options {
	o.Address, o.CACert = p.URL, ""
	return o
}

// seen returns the number of requests so far whose path ends with suffix.
func (p *proxy) seen(suffix string) int {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	count := 0
	for _, path := range p.paths {
		if strings.HasSuffix(path, suffix) {
			count++
		}
	}
	return count
}

func hasSuffix(r *http.Request, suffix string) bool { return strings.HasSuffix(r.URL.Path, suffix) }
