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

// front stands before Vault and counts what each agent sends, by its kind. It can play a
// Vault that is too busy for every other request.
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

// at is the address under which an agent finds Vault, and is known by the front.
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
	w.Header()["Date"] = nil // of another clock than the simulated one
	if f.busy.Load() && rand.IntN(2) == 0 {
		sent.refused.Add(1)
		http.Error(w, `{"errors":["too many requests"]}`, http.StatusTooManyRequests)
		return
	}
	if status := f.forward(w, r, path); status == http.StatusTooManyRequests {
		sent.refused.Add(1)
	}
}

// forward hands a request on and the answer back. A whole reverse proxy costs twice the
// time, of which this simulation has little.
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
	_, _ = io.Copy(w, response.Body) // who does not take all of it will ask again
	return response.StatusCode
}

// kind is what a request is about.
type kind int

const (
	metadata kind = iota // what is public of one secret
	index                // in which secrets something is
	token                // a log-in, or what keeps it alive
	system               // which engine it is, and what the token may do
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

// take returns the counts, by kind, and starts anew.
func (t *tally) take() (counts [kinds]int, refused int) {
	for k := range counts {
		counts[k] = int(t.of[k].Swap(0))
	}
	return counts, int(t.refused.Swap(0))
}
