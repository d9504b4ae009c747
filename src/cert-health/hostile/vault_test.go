package hostile_test

import (
	"bytes"
	"fmt"
	"net/http"
	"sync/atomic"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/scenario"
)

// pour writes until the reader hangs up, or the limit is reached, and returns the size.
func pour(write func([]byte) (int, error), text string, limit int) (size int) {
	for data := bytes.Repeat([]byte(text), 1<<16/len(text)); size < limit; size += len(data) {
		if _, err := write(data); err != nil {
			return size
		}
	}
	return size
}

// An answer has at most so many bytes, and buffers of the kernel on both sides.
const (
	tooMuch = 256 << 20
	capped  = 96 << 20
)

var _ = Describe("a stranger in the place of Vault", func() {
	var v *vm

	BeforeEach(func() {
		v = newVM()
		v.deploy("honest", scenario.Files{"config/server.pem": expired("honest.internal").CertPEM()})
	})

	// vault answers in the place of Vault.
	vault := func(handler http.HandlerFunc) {
		GinkgoHelper()
		listener := listen("127.0.0.1")
		server := &http.Server{Handler: handler}
		go func() { _ = server.Serve(listener) }()
		DeferCleanup(func() { _ = server.Close() })
		v.configure(fmt.Sprintf("vault: {address: 'http://%s', paths: [secret/cf], auth: {token: hostile-token}}\n", listener.Addr()))
	}

	It("cannot fill the memory with an endless answer", func() {
		var answers, largest atomic.Int64
		vault(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(`{"data":{"keys":["`))
			largest.Store(max(largest.Load(), int64(pour(w.Write, "0123456789abcdef", tooMuch))))
			answers.Add(1)
		})
		v.start()
		Eventually(answers.Load, soon).Should(BeNumerically(">=", 1))
		Eventually(v.status("expired"), soon).Should(ContainSubstring("honest.internal"))
		Eventually(func() string { return v.report().Reference.State }, soon).Should(Equal("unavailable"))
		Expect(largest.Load()).To(BeNumerically("<", capped))
		Expect(len(v.log())).To(BeNumerically("<", 16<<10))
	})

	It("does not get the token by a redirect to another host", func() {
		var asked, tokens atomic.Int64
		other := listen("127.0.0.2")
		server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if bytes.Contains(fmt.Appendf(nil, "%v", r.Header), []byte("hostile-token")) {
				tokens.Add(1)
			}
			w.WriteHeader(http.StatusForbidden)
		})}
		go func() { _ = server.Serve(other) }()
		DeferCleanup(func() { _ = server.Close() })
		vault(func(w http.ResponseWriter, r *http.Request) {
			asked.Add(1)
			http.Redirect(w, r, "http://"+other.Addr().String()+r.URL.Path, http.StatusTemporaryRedirect)
		})
		v.start()
		Eventually(asked.Load, soon).Should(BeNumerically(">=", 2))
		v.scans(2)
		Expect(tokens.Load()).To(BeZero())
		Expect(v.report().Reference).To(HaveField("State", "unavailable"))
	})
})
