package fleet

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
)

// front is a proxy in front of Vault that counts the requests of each agent by kind. It can reject
// every other request, as a busy Vault does.
type front struct {
	vms     []*vm
	vault   *url.URL
	server  *http.Server
	address string
	through http.Transport
	busy    atomic.Bool
}

func listen(vault string) (*front, error) {
	target, err := url.Parse(vault)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	f := &front{vault: target, address: "http://" + listener.Addr().String()}
	f.through.MaxIdleConnsPerHost = 64
	f.server = &http.Server{Handler: f}
	go func() { _ = f.server.Serve(listener) }() // it ends by close
	return f, nil
}

func (f *front) close() { _ = f.server.Close() }

// at returns the address of Vault for an agent. The front recognizes the agent by it.
func (f *front) at(agent int) string { return fmt.Sprintf("%s/%d", f.address, agent) }

// ServeHTTP implements http.Handler.
func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	number, path, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	n, err := strconv.Atoi(number)
	if err != nil || n >= len(f.vms) {
		http.NotFound(w, r)
		return
	}
	sent := &f.vms[n].sent
	sent.count(kindOf(strings.TrimPrefix(path, "v1/")))
	w.Header()["Date"] = nil // it is not the simulated time
	if f.busy.Load() && rand.IntN(2) == 0 {
		sent.refused.Add(1)
		http.Error(w, `{"errors":["too many requests"]}`, http.StatusTooManyRequests)
		return
	}
	if status := f.forward(w, r, path); status == http.StatusTooManyRequests {
		sent.refused.Add(1)
	}
}

// forward passes on a request and its answer. httputil.ReverseProxy needs twice the time.
func (f *front) forward(w http.ResponseWriter, r *http.Request, path string) (status int) {
	target := *f.vault
	target.Path, target.RawQuery = "/"+path, r.URL.RawQuery
	request := (&http.Request{Method: r.Method, URL: &target, Header: r.Header, Body: r.Body, ContentLength: r.ContentLength}).WithContext(r.Context())
	response, err := f.through.RoundTrip(request)
	if err != nil {
		http.Error(w, `{"errors":["the front: no answer"]}`, http.StatusBadGateway)
		return http.StatusBadGateway
	}
	defer response.Body.Close()
	for _, name := range []string{"Content-Type", "Content-Length", "Retry-After"} {
		if value := response.Header.Get(name); value != "" {
			w.Header().Set(name, value)
		}
	}
	w.WriteHeader(response.StatusCode)
	_, _ = io.Copy(w, response.Body) // an agent that gets a part of it will ask again
	return response.StatusCode
}

// kind is the purpose of a request.
type kind int

const (
	metadata kind = iota // the metadata of one secret
	index                // the index
	token                // a log-in or a renewal
	system               // the mount, or the capabilities of the token
	value                // a secret itself
	kinds
)

func kindOf(path string) kind {
	switch {
	case strings.HasPrefix(path, "secret/metadata/cert-health/"):
		return index
	case strings.HasPrefix(path, "secret/metadata/"):
		return metadata
	case strings.HasPrefix(path, "auth/"):
		return token
	case strings.HasPrefix(path, "sys/"):
		return system
	}
	return value
}

// tally counts requests.
type tally struct {
	of      [kinds]atomic.Int32
	refused atomic.Int32
}

func (t *tally) count(k kind) { t.of[k].Add(1) }

// take returns the counts by kind, and resets them.
func (t *tally) take() (counts [kinds]int, refused int) {
	for k := range counts {
		counts[k] = int(t.of[k].Swap(0))
	}
	return counts, int(t.refused.Swap(0))
}
