package client_test

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/scenario"
	"cert-health/internal/secret"
	"cert-health/internal/vault/client"
)

var _ = Describe("a TLS mismatch", func() {
	const lookUp = "look up the token: "
	var o client.Options
	BeforeEach(func() { o = options(client.Auth{Token: secret.New(server.Token)}) })
	// served is a proxy with another certificate in front of Vault.
	served := func(config *tls.Config) {
		GinkgoHelper()
		p := unstarted(passing)
		p.TLS = config
		p.StartTLS()
		DeferCleanup(p.Close)
		o.Address, o.CACert = p.URL, file(scenario.Armour("CERTIFICATE", p.Certificate().Raw))
	}

	It("of a CA that is not configured", func() {
		o.CACert = ""
		fails(o, lookUp+"the certificate of Vault is signed by an unknown CA: set cert_health.vault.ca_cert to a file with this CA")
	})
	It("of another CA than the configured one", func() {
		o.CACert = file(scenario.Issue(scenario.Spec{CommonName: "other", CA: true}).CertPEM())
		fails(o, lookUp+"the certificate of Vault is signed by an unknown CA: add this CA to "+o.CACert+" (cert_health.vault.ca_cert)")
	})
	It("of a CA in the settings, and of another one", func() {
		ca, err := os.ReadFile(server.CACert)
		Expect(err).NotTo(HaveOccurred())
		o.CACert = string(ca)
		Expect(newClient(o).Authenticate(ctx)).To(Succeed())
		o.CACert = scenario.Issue(scenario.Spec{CommonName: "other", CA: true}).CertPEM()
		fails(o, lookUp+"the certificate of Vault is signed by an unknown CA: add this CA to cert_health.vault.ca_cert")
	})
	It("of a missing CA file", func() {
		o.CACert = "/no/such/file"
		_, err := client.New(o)
		Expect(err).To(MatchError("prepare TLS for Vault: Error loading CA File: open /no/such/file: no such file or directory"))
	})
	It("of another name", func() {
		ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
		leaf := scenario.Issue(scenario.Spec{CommonName: "vault", SANs: []string{"vault.example"}, Issuer: ca})
		pair, err := tls.X509KeyPair([]byte(leaf.CertPEM()), []byte(leaf.KeyPEM()))
		Expect(err).NotTo(HaveOccurred())
		served(&tls.Config{Certificates: []tls.Certificate{pair}})
		o.CACert = file(ca.CertPEM())
		fails(o, MatchRegexp(`^look up the token: the certificate of Vault is for another name: cannot validate certificate for 127\.0\.0\.1 because it doesn't contain any IP SANs: `+
			`set cert_health\.vault\.address to one of its names, or issue it again$`))
		o.Address = strings.Replace(o.Address, "127.0.0.1", "localhost", 1)
		fails(o, lookUp+"the certificate of Vault is for another name: certificate is valid for vault.example, not localhost: "+
			"set cert_health.vault.address to one of its names, or issue it again")
	})
	It("of a Vault without TLS", func() {
		p := behind(passing)
		o.Address = strings.Replace(p.URL, "http:", "https:", 1)
		fails(o, lookUp+"Vault does not use TLS at this address: use http://, or another port")
	})
	It("of a Vault with TLS and an address without it", func() {
		o.Address = strings.Replace(server.Address, "https:", "http:", 1)
		fails(o, lookUp+"Vault expects TLS at this address: begin cert_health.vault.address with https://")
	})
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		It("of a Vault that asks for a client certificate, by "+tls.VersionName(version), func() {
			served(&tls.Config{ClientAuth: tls.RequireAnyClientCert, MinVersion: version, MaxVersion: version})
			fails(o, MatchRegexp(`^look up the token: Vault rejected the TLS handshake \(tls: [a-z ]+\): if Vault requires a client certificate, set cert_health\.vault\.auth\.cert$`))
		})
	}
	It("of a certificate that has expired, or of a clock that is ahead", func() {
		o.Now = func() time.Time { return time.Now().Add(48 * time.Hour) }
		fails(o, MatchRegexp(`^look up the token: the certificate of Vault expired at \d{4}-\d\d-\d\d \d\d:\d\d UTC: `+
			`renew it, or set this machine's clock if it is wrong \(date -u\)$`))
	})
	It("of a clock that is behind", func() {
		o.Now = func() time.Time { return time.Now().Add(-48 * time.Hour) }
		fails(o, MatchRegexp(`^look up the token: the certificate of Vault is not valid before \d{4}-\d\d-\d\d \d\d:\d\d UTC: `+
			`set this machine's clock if it is wrong \(date -u\)$`))
	})
	It("is not looked up repeatedly", func() {
		o.CACert = ""
		c := newClient(o)
		Expect(c.Authenticate(ctx)).NotTo(Succeed())
		Expect(c.Requests()).To(Equal(1))
	})
})

var _ = Describe("Skew", func() {
	DescribeTable("returns how far Vault's clock is ahead", func(off time.Duration) {
		o := options(client.Auth{Token: secret.New(server.Token)})
		o.Now = func() time.Time { return time.Now().Add(off) }
		c := newClient(o)
		Expect(c.Skew()).To(BeZero())
		Expect(c.Authenticate(ctx)).To(Succeed())
		Expect(c.Skew()).To(BeNumerically("~", -off, time.Minute))
	},
		Entry("of a clock that is right", time.Duration(0)),
		Entry("of a clock three hours ahead", 3*time.Hour),
		Entry("of a clock half an hour behind", -30*time.Minute),
	)
	It("reports a clock that is far behind if Vault does not use TLS", func() {
		p := behind(passing)
		o := p.through(options(client.Auth{Token: secret.New(server.Token)}))
		o.Now = func() time.Time { return time.Now().Add(-3 * time.Hour) }
		c := newClient(o)
		Expect(c.Authenticate(ctx)).To(Succeed())
		Expect(c.Skew()).To(BeNumerically("~", 3*time.Hour, time.Minute))
	})
	It("is unknown without a date in the answer", func() {
		dumb := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Header()["Date"] = nil }))
		DeferCleanup(dumb.Close)
		c := newClient(client.Options{Address: dumb.URL, Auth: client.Auth{Token: secret.New(server.Token)}})
		_ = c.Authenticate(ctx)
		Expect(c.Requests()).To(Equal(1))
		Expect(c.Skew()).To(BeZero())
	})
})
