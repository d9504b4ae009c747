package server_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/server"
	"cert-health/internal/scenario"
)

// lines is a log that a test reads while it is written.
type lines struct {
	mutex sync.Mutex
	text  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.text.String()
}

func (l *lines) logger() *slog.Logger {
	return slog.New(slog.NewJSONHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// files are a certificate and its key in a directory.
type files struct{ certificate, key string }

func newFiles(pair *scenario.Pair) files {
	dir := GinkgoT().TempDir()
	f := files{filepath.Join(dir, "hub.crt"), filepath.Join(dir, "hub.key")}
	f.write(pair)
	return f
}

// write replaces the files by a rename, as a deploy does.
func (f files) write(pair *scenario.Pair) {
	GinkgoHelper()
	for name, text := range map[string]string{f.certificate: pair.CertPEM(), f.key: pair.KeyPEM()} {
		Expect(os.WriteFile(name+".new", []byte(text), 0o600)).To(Succeed())
		Expect(os.Rename(name+".new", name)).To(Succeed())
	}
}

var _ = Describe("the listener", func() {
	var (
		ca      *scenario.Pair
		log     *lines
		stop    context.CancelFunc
		ended   chan error
		address string
	)
	issue := func(name string) *scenario.Pair {
		return scenario.Issue(scenario.Spec{CommonName: name, SANs: []string{"127.0.0.1"}, Issuer: ca})
	}
	serve := func(l *server.Listener) {
		GinkgoHelper()
		var ctx context.Context
		ctx, stop = context.WithCancel(context.Background())
		l.Address, l.Log = "127.0.0.1:0", log.logger()
		listener, err := l.Listen(ctx)
		Expect(err).NotTo(HaveOccurred())
		address = listener.Addr().String()
		mine := make(chan error, 1) // ended is that of the next spec when a server ends late
		ended = mine
		go func() { mine <- l.Serve(ctx, listener) }()
		DeferCleanup(func() { stop() })
	}
	client := func() *http.Client {
		roots := x509.NewCertPool()
		roots.AddCert(ca.X509)
		return &http.Client{Timeout: time.Minute, Transport: &http.Transport{
			TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true, DisableKeepAlives: true,
		}}
	}
	shown := func() string {
		GinkgoHelper()
		answer, err := client().Get("https://" + address + "/")
		Expect(err).NotTo(HaveOccurred())
		defer answer.Body.Close()
		return answer.TLS.PeerCertificates[0].Subject.CommonName
	}
	hello := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Proto) })

	BeforeEach(func() {
		ca = scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
		log = &lines{}
	})

	It("speaks HTTP/2 and HTTP/1.1 over TLS, and no older TLS than 1.2", func() {
		f := newFiles(issue("hub"))
		keys, err := server.NewKeys(f.certificate, f.key, log.logger())
		Expect(err).NotTo(HaveOccurred())
		serve(&server.Listener{Handler: hello, Keys: keys})
		for _, wanted := range []struct {
			h2    bool
			proto string
		}{{true, "HTTP/2.0"}, {false, "HTTP/1.1"}} {
			c := client()
			c.Transport.(*http.Transport).ForceAttemptHTTP2 = wanted.h2
			answer, err := c.Get("https://" + address + "/")
			Expect(err).NotTo(HaveOccurred())
			defer answer.Body.Close()
			Expect(io.ReadAll(answer.Body)).To(BeEquivalentTo(wanted.proto))
		}
		_, err = tls.Dial("tcp", address, &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11, InsecureSkipVerify: true})
		Expect(err).To(MatchError(ContainSubstring("protocol version")))
	})

	It("uses a new certificate without a restart, and keeps the previous one while the files do not fit", func() {
		f := newFiles(issue("first"))
		keys, err := server.NewKeys(f.certificate, f.key, log.logger())
		Expect(err).NotTo(HaveOccurred())
		serve(&server.Listener{Handler: hello, Keys: keys})
		Expect(shown()).To(Equal("first"))
		second := issue("second")
		Expect(os.WriteFile(f.key, []byte(second.KeyPEM()), 0o600)).To(Succeed())
		Expect(shown()).To(Equal("first"))
		Expect(shown()).To(Equal("first"))
		Expect(strings.Count(log.String(), "the previous certificate stays in use")).To(Equal(1))
		f.write(second)
		Expect(shown()).To(Equal("second"))
		Expect(keys.Chain()[0].Subject.CommonName).To(Equal("second"))
		Expect(log.String()).To(And(ContainSubstring("the hub uses a new certificate"), Not(ContainSubstring("PRIVATE"))))
	})

	It("waits for no pipe in place of a file, and reads no file without end", func() {
		f := newFiles(issue("first"))
		keys, err := server.NewKeys(f.certificate, f.key, log.logger())
		Expect(err).NotTo(HaveOccurred())
		serve(&server.Listener{Handler: hello, Keys: keys})
		Expect(os.Remove(f.certificate)).To(Succeed())
		Expect(syscall.Mkfifo(f.certificate, 0o600)).To(Succeed())
		Expect(shown()).To(Equal("first"))
		Expect(os.Remove(f.certificate)).To(Succeed())
		Expect(os.Symlink("/dev/zero", f.certificate)).To(Succeed())
		Expect(shown()).To(Equal("first"))
		Expect(log.String()).To(ContainSubstring(f.certificate + " is no regular file of at most 1 MiB"))
	})

	It("does not start without usable files", func() {
		f := newFiles(issue("hub"))
		Expect(os.WriteFile(f.key, []byte("nothing"), 0o600)).To(Succeed())
		_, err := server.NewKeys(f.certificate, f.key, log.logger())
		Expect(err).To(MatchError(HavePrefix("read the hub's certificate " + f.certificate)))
	})

	It("lets an open request end, and refuses new ones", func() {
		begun, goOn := make(chan struct{}), make(chan struct{})
		serve(&server.Listener{Drain: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			close(begun)
			<-goOn
			_, _ = io.WriteString(w, "done")
		})})
		answer := make(chan string, 1)
		go func() {
			defer GinkgoRecover()
			got, err := http.Get("http://" + address + "/")
			Expect(err).NotTo(HaveOccurred())
			defer got.Body.Close()
			body, err := io.ReadAll(got.Body)
			Expect(err).NotTo(HaveOccurred())
			answer <- string(body)
		}()
		Eventually(begun).Should(BeClosed())
		stop()
		Eventually(func() error {
			conn, err := net.Dial("tcp", address)
			if err == nil {
				conn.Close()
			}
			return err
		}).Should(HaveOccurred())
		Expect(ended).NotTo(Receive())
		close(goOn)
		Eventually(answer).Should(Receive(Equal("done")))
		Eventually(ended).Should(Receive(BeNil()))
	})

	It("cuts off a request that takes longer than the drain time", func() {
		begun := make(chan struct{})
		serve(&server.Listener{Drain: time.Millisecond, Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			close(begun)
			<-r.Context().Done()
		})})
		failed := make(chan error, 1)
		go func() {
			_, err := http.Get("http://" + address + "/")
			failed <- err
		}()
		Eventually(begun).Should(BeClosed())
		stop()
		Eventually(ended).Should(Receive(BeNil()))
		Eventually(failed).Should(Receive(HaveOccurred()))
		Expect(log.String()).To(ContainSubstring("still open are cut off"))
	})

	It("closes what waits longest where too many connections are open", func() {
		serve(&server.Listener{Handler: hello, Connections: 2})
		var waiting []net.Conn
		for range 3 {
			connection, err := net.Dial("tcp", address)
			Expect(err).NotTo(HaveOccurred())
			DeferCleanup(connection.Close)
			waiting = append(waiting, connection)
		}
		Expect(waiting[0].SetReadDeadline(time.Now().Add(20 * time.Second))).To(Succeed())
		_, err := waiting[0].Read(make([]byte, 1))
		Expect(err).To(MatchError(io.EOF))
		answer, err := http.Get("http://" + address + "/")
		Expect(err).NotTo(HaveOccurred())
		Expect(answer.Body.Close()).To(Succeed())
		Expect(answer).To(HaveHTTPStatus(http.StatusOK))
	})

	It("reads no body without end", func() {
		serve(&server.Listener{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if _, err := io.Copy(io.Discard, r.Body); err != nil {
				http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
			}
		})})
		answer, err := http.Post("http://"+address+"/", "text/plain", strings.NewReader(strings.Repeat("x", 2<<20)))
		Expect(err).NotTo(HaveOccurred())
		defer answer.Body.Close()
		Expect(answer).To(HaveHTTPStatus(http.StatusRequestEntityTooLarge))
	})
})
