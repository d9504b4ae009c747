package metrics_test

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/metrics"
	"cert-health/internal/scenario"
)

var _ = Describe("Server with mutual TLS", func() {
	var (
		dir      string
		ca       *scenario.Pair
		s        *metrics.Server
		mutex    sync.Mutex
		heard    []string
		listener string
	)
	write := func(name, contents string) {
		GinkgoHelper()
		// Replaced by a rename, as in a deploy: a new file each time.
		Expect(os.WriteFile(filepath.Join(dir, name+".new"), []byte(contents), 0o600)).To(Succeed())
		Expect(os.Rename(filepath.Join(dir, name+".new"), filepath.Join(dir, name))).To(Succeed())
	}
	issue := func(name string) *scenario.Pair {
		return scenario.Issue(scenario.Spec{CommonName: name, SANs: []string{name, "127.0.0.1"}, Issuer: ca})
	}
	scrape := func(client ...*scenario.Pair) (string, error) {
		roots := x509.NewCertPool()
		roots.AddCert(ca.X509)
		config := &tls.Config{RootCAs: roots}
		for _, pair := range client {
			certificate, err := tls.X509KeyPair([]byte(pair.CertPEM()), []byte(pair.KeyPEM()))
			Expect(err).NotTo(HaveOccurred())
			config.Certificates = append(config.Certificates, certificate)
		}
		transport := &http.Transport{TLSClientConfig: config}
		defer transport.CloseIdleConnections()
		answer, err := (&http.Client{Transport: transport, Timeout: 5 * time.Second}).Get("https://" + listener + "/metrics")
		if err != nil {
			return "", err
		}
		defer answer.Body.Close()
		_, err = io.Copy(io.Discard, answer.Body)
		return answer.TLS.PeerCertificates[0].Subject.CommonName, err
	}
	errors := func() string {
		mutex.Lock()
		defer mutex.Unlock()
		return strings.Join(heard, "\n")
	}

	BeforeEach(func() {
		dir, heard = GinkgoT().TempDir(), nil
		ca = scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
		server := issue("first")
		write("cert.pem", server.CertPEM())
		write("key.pem", server.KeyPEM())
		write("ca.pem", ca.CertPEM())
		s = &metrics.Server{Address: "127.0.0.1:0", Handler: (&metrics.Exporter{Now: time.Now}).Handler()}
		s.TLS = metrics.TLS{CertFile: filepath.Join(dir, "cert.pem"), KeyFile: filepath.Join(dir, "key.pem"), ClientCAFile: filepath.Join(dir, "ca.pem")}
		s.OnError = func(err error) {
			mutex.Lock()
			defer mutex.Unlock()
			heard = append(heard, err.Error())
		}
	})

	It("accepts only clients with a certificate of the CA", func() {
		listener = served(s)
		Expect(scrape(issue("prometheus"))).To(Equal("first"))
		_, err := scrape()
		Expect(err).To(MatchError(ContainSubstring("certificate required")))
		_, err = scrape(scenario.Issue(scenario.Spec{CommonName: "stranger"}))
		Expect(err).To(HaveOccurred())
		_, err = scrape(scenario.Issue(scenario.Spec{CommonName: "late", Issuer: ca, NotBefore: now.AddDate(-2, 0, 0), NotAfter: now.AddDate(-1, 0, 0)}))
		Expect(err).To(MatchError(ContainSubstring("expired")))
		answer, err := http.Get("http://" + listener + "/metrics")
		Expect(err).NotTo(HaveOccurred())
		defer answer.Body.Close()
		Expect(answer).To(HaveHTTPStatus(400), "plain HTTP is refused")
	})

	It("accepts only clients with an allowed name, if names are configured", func() {
		s.TLS.ClientAllowedSANs = []string{"prometheus"}
		listener = served(s)
		Expect(scrape(issue("prometheus"))).To(Equal("first"))
		_, err := scrape(issue("somebody"))
		Expect(err).To(MatchError(ContainSubstring("bad certificate")))
	})

	It("uses new files without a restart, the clients' CA too", func() {
		listener = served(s)
		old := issue("prometheus")
		Expect(scrape(old)).To(Equal("first"))
		second := issue("second")
		write("key.pem", second.KeyPEM())
		Expect(scrape(old)).To(Equal("first"), "key and certificate are two writes")
		write("cert.pem", second.CertPEM())
		Expect(scrape(old)).To(Equal("second"))
		Expect(errors()).To(ContainSubstring("serve metrics with the previous certificate: read the certificate "))

		write("ca.pem", scenario.Issue(scenario.Spec{CommonName: "other", CA: true}).CertPEM())
		_, err := scrape(old)
		Expect(err).To(HaveOccurred())
		Expect(errors()).NotTo(ContainSubstring("PRIVATE"))
	})

	It("reports unusable files once, and keeps the previous ones in use", func() {
		listener = served(s)
		write("ca.pem", "nothing")
		for range 3 {
			Expect(scrape(issue("prometheus"))).To(Equal("first"))
		}
		Expect(errors()).To(Equal(fmt.Sprintf("serve metrics with the previous certificate: read the client CA %s: it contains no certificate", s.TLS.ClientCAFile)))
		Expect(os.Remove(s.TLS.CertFile)).To(Succeed())
		Expect(scrape(issue("prometheus"))).To(Equal("first"))
	})

	It("does not start without usable files", func() {
		write("key.pem", "nothing")
		_, err := s.Listen()
		Expect(err).To(MatchError(ContainSubstring("serve metrics: read the certificate " + s.TLS.CertFile)))
	})
})
