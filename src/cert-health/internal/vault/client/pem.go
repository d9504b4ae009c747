package client

import (
	"crypto/tls"
	"errors"
	"os"
	"strings"

	"github.com/hashicorp/vault/api"
)

// isPEM tells whether a setting holds PEM in place of the name of a file.
func isPEM(setting string) bool { return strings.Contains(setting, "-----BEGIN ") }

// pemOf is the PEM that a setting holds, or the file has that it names.
func pemOf(setting string) ([]byte, error) {
	if isPEM(setting) {
		return []byte(setting), nil
	}
	return os.ReadFile(setting)
}

// isName tells whether a setting can be the name of a file, which an error may quote. It may also be a
// private key without its first line.
func isName(setting string) bool {
	return strings.HasPrefix(setting, "/") && len(setting) <= 100 && !strings.Contains(setting, "\n")
}

// authorities are the CAs of Vault's certificate.
func (o *Options) authorities() *api.TLSConfig {
	if isPEM(o.CACert) {
		return &api.TLSConfig{CACertBytes: []byte(o.CACert)}
	}
	return &api.TLSConfig{CACert: o.CACert}
}

// pair is the client certificate with its key.
func (a Cert) pair() (tls.Certificate, error) {
	certificate, err := pemOf(a.Certificate)
	if err != nil {
		return tls.Certificate{}, err
	}
	key, err := pemOf(a.Key.Reveal())
	defer clear(key)
	if err != nil && !isName(a.Key.Reveal()) {
		err = errors.New("private_key holds neither a private key in PEM nor the name of a file")
	}
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.X509KeyPair(certificate, key)
}
