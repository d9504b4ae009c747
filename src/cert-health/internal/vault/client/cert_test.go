package client_test

import (
	"crypto/tls"
	"net/http"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
	"cert-health/internal/scenario"
	"cert-health/internal/secret"
	"cert-health/internal/vault/client"
)

var _ = Describe("logging in by TLS certificate", func() {
	var (
		mount string
		own   *scenario.Pair
		auth  client.Cert
	)
	issue := func(spec scenario.Spec) *scenario.Pair {
		spec.CommonName, spec.Client = "agent", true
		p := scenario.Issue(spec)
		credential(p.KeyPEM())
		return p
	}
	trust := func(p *scenario.Pair) {
		GinkgoHelper()
		server.Write("auth/"+mount+"/certs/agent", map[string]any{"certificate": p.CertPEM(), "token_policies": "default", "token_ttl": "1h"})
	}
	BeforeEach(func() {
		mount, own = method("cert"), issue(scenario.Spec{})
		trust(own)
		auth = client.Cert{Mount: mount, Role: "agent", Certificate: file(own.CertPEM()), Key: secret.New(file(own.KeyPEM()))}
	})
	said := func(rest string) string { return "log in by TLS certificate at auth/" + mount + "/login: " + rest }

	It("logs in, and reports when the certificate ends", func() {
		c := newClient(options(client.Auth{Cert: auth}))
		Expect(c.Authenticate(ctx)).To(Succeed())
		Expect(c.Credentials()).To(Equal([]cert.Credential{{
			Name: "the client certificate for Vault, agent", NotBefore: own.X509.NotBefore, NotAfter: own.X509.NotAfter,
			Certificate: own.Fingerprint(), Remedy: "issue a new one, set cert_health.vault.auth.cert to it and deploy",
		}}))
	})

	It("takes both in place of the names of their files", func() {
		o := options(client.Auth{Cert: client.Cert{Mount: mount, Certificate: own.CertPEM(), Key: secret.New(own.KeyPEM())}})
		c := newClient(o)
		Expect(c.Authenticate(ctx)).To(Succeed())
		Expect(c.Credentials()).To(HaveLen(1))
		keepsQuiet(o, c, nil)
	})

	It("uses a certificate that has replaced it", func() {
		o, clock := ticking(client.Auth{Cert: auth})
		c := newClient(o)
		Expect(c.Authenticate(ctx)).To(Succeed())
		next := issue(scenario.Spec{})
		trust(next)
		rewrite(auth.Certificate, next.CertPEM())
		rewrite(auth.Key.Reveal(), next.KeyPEM())
		revokeAll(mount)
		clock.advance(50 * time.Minute)
		Expect(c.Authenticate(ctx)).To(Succeed())
		Expect(c.Credentials()[0].Certificate).To(Equal(next.Fingerprint()))
	})

	It("says that Vault does not trust it", func() {
		trust(issue(scenario.Spec{}))
		fails(options(client.Auth{Cert: auth}), MatchRegexp(`^log in by TLS certificate at auth/%s/login: Vault rejected the request \(400\): .+: `+
			`no role of this auth method trusts the client certificate \(check vault list auth/%s/certs\), or a proxy in front of Vault does not pass it on$`, mount, mount))
	})

	It("says that it has expired", func() {
		old := issue(scenario.Spec{NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(-time.Hour)})
		trust(old)
		rewrite(auth.Certificate, old.CertPEM())
		rewrite(auth.Key.Reveal(), old.KeyPEM())
		fails(options(client.Auth{Cert: auth}), said("Vault answered 500: failed to verify client's certificate: x509: certificate has expired or is not yet valid: "+
			"the client certificate expired at "+old.X509.NotAfter.UTC().Format("2006-01-02 15:04 UTC")+": issue a new one, set cert_health.vault.auth.cert to it and deploy"))
	})

	It("says that the role is unknown", func() {
		auth.Role = "unknown"
		fails(options(client.Auth{Cert: auth}), HavePrefix(said("Vault rejected the request (400): ")))
	})

	It("says that a proxy does not pass on the certificate", func() {
		fails(behind(passing).through(options(client.Auth{Cert: auth})), HaveSuffix("or a proxy in front of Vault does not pass it on"))
	})

	It("says that its files cannot be read, or do not match", func() {
		rewrite(auth.Key.Reveal(), issue(scenario.Spec{}).KeyPEM())
		fails(options(client.Auth{Cert: auth}), said("read the client certificate: tls: private key does not match public key: correct cert_health.vault.auth.cert"))
		body := strings.Split(own.KeyPEM(), "\n")[1]
		auth.Key = secret.New(credential(body))
		fails(options(client.Auth{Cert: auth}), said("read the client certificate: private_key holds neither a private key in PEM nor the name of a file: correct cert_health.vault.auth.cert"))
		auth.Key = secret.New("/no/such/file")
		fails(options(client.Auth{Cert: auth}), said("read the client certificate: open /no/such/file: no such file or directory: correct cert_health.vault.auth.cert"))
	})

	It("says that the handshake was rejected because of it", func() {
		p := unstarted(passing)
		p.TLS = &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, MinVersion: tls.VersionTLS13}
		p.StartTLS()
		DeferCleanup(p.Close)
		o := options(client.Auth{Cert: auth})
		o.Address, o.CACert = p.URL, file(scenario.Armour("CERTIFICATE", p.Certificate().Raw))
		fails(o, MatchRegexp(`^log in by TLS certificate at auth/%s/login: Vault rejected the TLS handshake \(tls: .+\): `+
			`check the expiry and the CA of the client certificate in cert_health.vault.auth.cert$`, mount))
	})

	It("does not contain the private key in its errors", func() {
		p := behind(func(w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(http.StatusTeapot); return true })
		fails(p.through(options(client.Auth{Cert: auth})), said("Vault answered 418"))
	})
})
