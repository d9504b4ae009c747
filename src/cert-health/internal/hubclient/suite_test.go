package hubclient_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/hubclient"
	"cert-health/internal/secret"
)

func TestHubClient(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Hub client")
}

// routes are the answers of a server, by method and path.
type routes map[string]http.HandlerFunc

// hub is a server on loopback, and a client of it.
func hub(r routes) (*httptest.Server, *hubclient.Client) {
	GinkgoHelper()
	mux := http.NewServeMux()
	for pattern, handler := range r {
		mux.HandleFunc(pattern, handler)
	}
	server := httptest.NewServer(mux)
	DeferCleanup(server.Close)
	return server, must(hubclient.New(hubclient.Options{URL: server.URL, Token: secret.New("s3cr3t-t0ken")}))
}

// answers answers with a document.
func answers(status int, document any) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(document)
	}
}

func must[T any](value T, err error) T {
	GinkgoHelper()
	Expect(err).NotTo(HaveOccurred())
	return value
}
