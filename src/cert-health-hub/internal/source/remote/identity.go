package remote

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"

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
		contents, err := readFile(r.options.CACert)
		if err != nil {
			return nil, fmt.Errorf("read ca_cert: %w", err)
		}
		settings.RootCAs = x509.NewCertPool()
		if !settings.RootCAs.AppendCertsFromPEM(contents) {
			return nil, fmt.Errorf("read ca_cert: %s holds no certificate in PEM", r.options.CACert)
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
	pair, err := tls.LoadX509KeyPair(r.options.Certificate, r.options.PrivateKey)
	if err != nil {
		return nil, fault(Rejected, "the client certificate in %s and its private key in %s cannot be used: %s",
			r.options.Certificate, r.options.PrivateKey, reasonOf(err))
	}
	return &pair, nil
}

// reasonOf is why a pair cannot be used, without anything of the key.
func reasonOf(err error) string {
	if os.IsNotExist(err) {
		return "a file does not exist"
	}
	if os.IsPermission(err) {
		return "the hub may not read a file"
	}
	return "they must be in PEM and belong together"
}

func readFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxFile {
		return nil, fmt.Errorf("%s must be a file of at most %d MiB", path, maxFile>>20)
	}
	return os.ReadFile(path)
}

// Credentials are the client certificate and its end, if there is one.
func (r *Remote) Credentials() []cert.Credential {
	if r.options.Certificate == "" {
		return nil
	}
	contents, err := readFile(r.options.Certificate)
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
