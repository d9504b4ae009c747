package served_test

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/scenario"
	"cert-health/internal/served"
)

// server is a server of this test. It counts its clients, and can be shut down at once.
type server struct {
	net.Listener
	accepts atomic.Int32
	waiting sync.WaitGroup
}

// serve answers every connection with answer, and ends with the spec.
func serve(network, address string, answer func(net.Conn)) *server {
	GinkgoHelper()
	listener, err := net.Listen(network, address)
	Expect(err).NotTo(HaveOccurred())
	return answerTo(listener, answer)
}

func answerTo(listener net.Listener, answer func(net.Conn)) *server {
	s := &server{Listener: listener}
	ctx, cancel := context.WithCancel(context.Background())
	s.waiting.Go(func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			s.accepts.Add(1)
			s.waiting.Go(func() {
				stop := context.AfterFunc(ctx, func() { _ = connection.Close() })
				defer stop()
				defer connection.Close()
				answer(connection)
			})
		}
	})
	DeferCleanup(func() {
		_ = listener.Close()
		cancel()
		s.waiting.Wait()
	})
	return s
}

func (s *server) address() netip.AddrPort { return netip.MustParseAddrPort(s.Addr().String()) }

// serveTLS makes a handshake, reads until the client closes the connection, and reports how
// the client closed it.
func serveTLS(config *tls.Config) (*server, <-chan error) {
	ended := make(chan error, 100)
	return serve("tcp", "127.0.0.1:0", func(connection net.Conn) {
		_, err := io.Copy(io.Discard, tls.Server(connection, config))
		ended <- err
	}), ended
}

// keyed is a certificate with its key, as a server needs it.
func keyed(pair *scenario.Pair, chain ...*scenario.Pair) tls.Certificate {
	GinkgoHelper()
	pem := pair.CertPEM()
	for _, link := range chain {
		pem += link.CertPEM()
	}
	certificate, err := tls.X509KeyPair([]byte(pem), []byte(pair.KeyPEM()))
	Expect(err).NotTo(HaveOccurred())
	return certificate
}

// listeners are the machine's sockets that are bound to the addresses, in their order.
func listeners(addresses ...netip.AddrPort) []served.Listener {
	GinkgoHelper()
	sockets, problems := served.Sockets("/")
	Expect(problems).To(BeEmpty())
	var found []served.Listener
	for _, address := range addresses {
		at := slices.IndexFunc(sockets, func(s served.Socket) bool { return s.Address == address })
		Expect(at).To(BeNumerically(">=", 0), "no process listens on %s", address)
		found = append(found, served.Listener{Socket: sockets[at]})
	}
	return found
}

// recorder records from several goroutines.
type recorder struct {
	mutex sync.Mutex
	notes []string
}

func (r *recorder) add(note string) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.notes = append(r.notes, note)
}

func (r *recorder) take() []string {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	notes := r.notes
	r.notes = nil
	return notes
}

// clock is a clock that specs set.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time       { return c.now }
func (c *clock) move(d time.Duration) { c.now = c.now.Add(d) }

// options give servers enough time, however busy this machine is.
func options(c *clock) served.Options {
	return served.Options{Interval: time.Minute, Timeout: time.Minute, Look: time.Hour, Patience: 20 * time.Millisecond, Now: c.Now}
}

// probe probes one server once.
func probe(address netip.AddrPort) served.Result {
	GinkgoHelper()
	return served.NewProber(options(&clock{time.Now()})).Probe(context.Background(), listeners(address))[0]
}

// leaves are the names of the served certificates.
func leaves(r served.Result) []string {
	var names []string
	for _, shown := range r.Chains {
		names = append(names, shown.Certificates[0].Name())
	}
	return names
}

func must[T any](value T, err error) T {
	GinkgoHelper()
	Expect(err).NotTo(HaveOccurred())
	return value
}
