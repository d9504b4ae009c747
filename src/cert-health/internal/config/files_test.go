package config_test

import (
	"os"
	"path/filepath"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/config"
	"cert-health/internal/scenario"
	"cert-health/internal/secret"
)

var _ = Describe("CheckFiles", func() {
	var one, other *scenario.Pair
	var c config.Config

	file := func(contents string) string {
		GinkgoHelper()
		name := filepath.Join(GinkgoT().TempDir(), "file")
		Expect(os.WriteFile(name, []byte(contents), 0o600)).To(Succeed())
		return name
	}

	BeforeEach(func() {
		one, other = scenario.Issue(scenario.Spec{CommonName: "one"}), scenario.Issue(scenario.Spec{CommonName: "other"})
		c = config.Default()
		c.Vault.Client.Address, c.Vault.Client.CACert = "https://v", file(one.CertPEM())
		c.Vault.Client.Auth.Cert.Certificate, c.Vault.Client.Auth.Cert.Key = file(one.CertPEM()), secret.New(file(one.KeyPEM()))
		c.Metrics.TLS.CertFile, c.Metrics.TLS.KeyFile, c.Metrics.TLS.ClientCAFile = file(one.CertPEM()), file(one.KeyPEM()), file(other.CertPEM())
	})

	It("accepts certificates with their private keys, and no files", func() {
		Expect(c.CheckFiles()).To(Succeed())
		empty := config.Default()
		Expect(empty.CheckFiles()).To(Succeed())
	})

	It("names each property whose file cannot be used, and no part of a key", func() {
		c.Vault.Client.CACert = file("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n")
		c.Vault.Client.Auth.Cert.Key = secret.New(file(other.KeyPEM()))
		c.Metrics.TLS.KeyFile = file(scenario.Armour("PRIVATE KEY", []byte("s3cr3t")))
		c.Metrics.TLS.ClientCAFile = "/no/such/file"
		err := c.CheckFiles()
		Expect(err).To(MatchError(And(HavePrefix("4 problems\n"),
			ContainSubstring("cert_health.vault.ca_cert: it contains no certificate that can be read"),
			ContainSubstring("cert_health.vault.auth.cert: tls: private key does not match public key"),
			ContainSubstring("cert_health.metrics.tls: tls: failed to parse private key"),
			ContainSubstring("cert_health.metrics.tls.client_ca: open /no/such/file"))))
		Expect(err.Error()).NotTo(ContainSubstring("s3cr3t"))
	})
})
