package metrics_test

import (
	"context"
	"net"
	"net/http"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/metrics"
	"cert-health/internal/promtext"
)

// served runs a server until the test ends, and returns where it is.
func served(s *metrics.Server) string {
	GinkgoHelper()
	listener, err := s.Listen()
	Expect(err).NotTo(HaveOccurred())
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, listener) }()
	DeferCleanup(func() {
		stop()
		Eventually(ended, "5s").Should(Receive(BeNil()))
	})
	return listener.Addr().String()
}

var _ = Describe("Server", func() {
	exporter := &metrics.Exporter{Now: time.Now}
	plain := func() *metrics.Server { return &metrics.Server{Address: "127.0.0.1:0", Handler: exporter.Handler()} }

	It("answers on loopback until its context ends", func() {
		s := plain()
		listener, err := s.Listen()
		Expect(err).NotTo(HaveOccurred())
		ctx, stop := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() { ended <- s.Serve(ctx, listener) }()
		answer, err := http.Get("http://" + listener.Addr().String() + "/metrics")
		Expect(err).NotTo(HaveOccurred())
		defer answer.Body.Close()
		Expect(answer).To(And(HaveHTTPStatus(200), HaveHTTPHeaderWithValue("Content-Type", promtext.ContentType)))
		Expect(ended).NotTo(Receive())
		stop()
		Eventually(ended, "5s").Should(Receive(BeNil()))
		_, err = net.Dial("tcp", listener.Addr().String())
		Expect(err).To(HaveOccurred())
	})

	It("does not wait for a silent client when it ends", func() {
		s := plain()
		listener, err := s.Listen()
		Expect(err).NotTo(HaveOccurred())
		ctx, stop := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() { ended <- s.Serve(ctx, listener) }()
		silent, err := net.Dial("tcp", listener.Addr().String())
		Expect(err).NotTo(HaveOccurred())
		defer silent.Close()
		stop()
		Eventually(ended, "10s").Should(Receive(BeNil()))
	})

	It("names the address on which it cannot listen", func() {
		taken, err := net.Listen("tcp", "127.0.0.1:0")
		Expect(err).NotTo(HaveOccurred())
		defer taken.Close()
		s := plain()
		s.Address = taken.Addr().String()
		_, err = s.Listen()
		Expect(err).To(MatchError(And(ContainSubstring("serve metrics: listen tcp "+s.Address), ContainSubstring("address already in use"))))
	})
})
