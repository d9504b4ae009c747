package metrics_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
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

	connect := func(address, local string) net.Conn {
		GinkgoHelper()
		dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(local)}}
		conn, err := dialer.Dial("tcp", address)
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(conn.Close)
		return conn
	}
	// open tells whether the server has not closed a connection.
	open := func(conn net.Conn) bool {
		_ = conn.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
		defer func() { _ = conn.SetReadDeadline(time.Time{}) }()
		_, err := conn.Read(make([]byte, 1))
		return errors.Is(err, os.ErrDeadlineExceeded)
	}

	It("answers while clients keep many connections open and send nothing, or half a header", func() {
		address := served(plain())
		for i := range 100 {
			conn := connect(address, "127.0.0.1")
			if i%2 == 0 {
				_, err := conn.Write([]byte("GET /metrics HTTP/1.1\r\nHost: x\r\n"))
				Expect(err).NotTo(HaveOccurred())
			}
		}
		client := http.Client{Timeout: 3 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
		for range 20 {
			answer, err := client.Get("http://" + address + "/metrics")
			Expect(err).NotTo(HaveOccurred())
			Expect(answer.Body.Close()).To(Succeed())
			Expect(answer).To(HaveHTTPStatus(200))
		}
	})

	It("closes the connections of the client that has most of them", func() {
		address := served(plain())
		modest := connect(address, "127.0.0.2")
		for range 40 {
			connect(address, "127.0.0.3")
		}
		Expect(open(modest)).To(BeTrue())
	})

	It("closes a connection that waits before one that is answered", func() {
		s := plain()
		answering, release := make(chan struct{}), make(chan struct{})
		s.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			close(answering)
			<-release
		})
		address := served(s)
		slow := connect(address, "127.0.0.1")
		_, err := slow.Write([]byte("GET / HTTP/1.0\r\n\r\n"))
		Expect(err).NotTo(HaveOccurred())
		Eventually(answering, "5s").Should(BeClosed())
		var last net.Conn
		for range 40 {
			last = connect(address, "127.0.0.1")
		}
		_, err = last.Write([]byte("G"))
		Expect(err).NotTo(HaveOccurred())
		Expect(open(slow)).To(BeTrue())
		close(release)
		Expect(io.ReadAll(slow)).To(HavePrefix("HTTP/1.0 200 OK"))
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
