package config

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"strings"

	"cert-health/internal/atomicfile"
	"cert-health/internal/strict"
)

// CheckFiles returns what is wrong with the certificates and private keys in the files that the
// configuration names, or nil. Load does not read these files, because another process may
// replace them while the agent runs.
func (c *Config) CheckFiles() error {
	var problems strict.Problems
	check := func(key string, err error) {
		if err != nil {
			problems.Add("%s.%s: %s", property, key, err)
		}
	}
	if c.Vault.Client.Address != "" {
		auth := c.Vault.Client.Auth.Cert
		check("vault.ca_cert", checkAuthorities(c.Vault.Client.CACert))
		check("vault.auth.cert", checkPair(auth.Certificate, auth.Key.Reveal()))
	}
	check("metrics.tls", checkPair(c.Metrics.TLS.CertFile, c.Metrics.TLS.KeyFile))
	check("metrics.tls.client_ca", checkAuthorities(c.Metrics.TLS.ClientCAFile))
	if c.Hub.Enabled() {
		check("hub.ca_cert", checkAuthorities(c.Hub.CACert))
		check("hub.certificate", checkPair(c.Hub.Cert, c.Hub.PrivateKey.Reveal()))
	}
	if len(problems) > 0 {
		return problems
	}
	return nil
}

// checkAuthorities returns why a file cannot be used as CA certificates. No file is not a fault.
func checkAuthorities(file string) error {
	if file == "" {
		return nil
	}
	contents, err := pemOf(file)
	if err != nil {
		return err
	}
	if !x509.NewCertPool().AppendCertsFromPEM(contents) {
		return errors.New("it contains no certificate that can be read: write the whole PEM, with its line breaks")
	}
	return nil
}

// pemOf is the PEM that a setting holds, or the file has that it names.
func pemOf(setting string) ([]byte, error) {
	if strings.Contains(setting, "-----BEGIN ") {
		return []byte(setting), nil
	}
	return atomicfile.ReadRegular(setting, maxFile)
}

// checkPair returns why a certificate and a private key cannot be used together. Errors of the
// package tls contain no part of a key.
func checkPair(certificate, key string) error {
	if certificate == "" {
		return nil
	}
	public, err := pemOf(certificate)
	if err != nil {
		return err
	}
	private, err := pemOf(key)
	if err != nil {
		return err
	}
	defer clear(private)
	_, err = tls.X509KeyPair(public, private)
	return err
}
