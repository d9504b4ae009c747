package remote

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strings"

	"cert-health/internal/cert"
	"cert-health/internal/extract"
)

// maxFile is more than a bundle of all public CAs has.
const maxFile = 4 << 20

// tls are the settings of the connections. A client certificate is read for each connection, because
// its file may change.
func (r *Remote) tls() (*tls.Config, error) {
	settings := &tls.Config{MinVersion: tls.VersionTLS12}
	if r.options.CACert != "" {
		contents, err := pemOf(r.options.CACert)
		if err != nil {
			return nil, fmt.Errorf("read ca_cert: %w", err)
		}
		settings.RootCAs = x509.NewCertPool()
		if !settings.RootCAs.AppendCertsFromPEM(contents) {
			return nil, errors.New("read ca_cert: it holds no certificate in PEM")
		}
	}
	if r.options.Certificate != "" {
		if _, err := r.own(nil); err != nil {
			return nil, err
		}
		settings.GetClientCertificate = r.own
	}
	return settings, nil
}

// own reads the client certificate.
func (r *Remote) own(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
	certificate, err := pemOf(r.options.Certificate)
	if err != nil {
		return nil, fault(Rejected, "certificate cannot be read: %s", err.Error())
	}
	key, err := pemOf(r.options.PrivateKey.Reveal())
	defer clear(key)
	if err != nil {
		return nil, fault(Rejected, "private_key cannot be read: %s", err.Error())
	}
	pair, err := tls.X509KeyPair(certificate, key)
	if err != nil {
		return nil, fault(Rejected, "certificate and private_key cannot be used: they must be in PEM and belong together")
	}
	return &pair, nil
}

// pemOf is the PEM that a setting holds, or that the file has which it names. An error quotes the name of
// a file that exists, and nothing else: a key without its first line may stand there.
func pemOf(setting string) ([]byte, error) {
	if strings.Contains(setting, "-----BEGIN ") {
		return []byte(setting), nil
	}
	info, err := os.Stat(setting)
	switch {
	case os.IsPermission(err):
		return nil, errors.New("the hub may not look at the file")
	case err != nil:
		return nil, errors.New("it must be PEM, or name a file that exists")
	case !info.Mode().IsRegular() || info.Size() > maxFile:
		return nil, fmt.Errorf("%s must be a file of at most %d MiB", Printable(setting), maxFile>>20)
	}
	contents, err := os.ReadFile(setting)
	if err != nil {
		return nil, fmt.Errorf("the hub may not read the file %s", Printable(setting))
	}
	return contents, nil
}

// Credentials are the client certificate and its end, if there is one.
func (r *Remote) Credentials() []cert.Credential {
	if r.options.Certificate == "" {
		return nil
	}
	contents, err := pemOf(r.options.Certificate)
	if err != nil {
		return nil // the next connection fails, and says why
	}
	found := new(extract.Extractor).Value(contents).Certificates
	if len(found) == 0 {
		return nil
	}
	own := found[0].Certificate
	return []cert.Credential{{
		Name:      "the hub's client certificate for " + r.options.Product + ", " + Printable(own.Name()),
		NotBefore: own.NotBefore, NotAfter: own.NotAfter, Certificate: own.Fingerprint,
		Remedy: "issue a new one, set certificate and private_key of this source to it, and deploy",
	}}
}
