package main

import (
	"crypto/tls"
	"crypto/x509"
	"os"
	"path/filepath"

	"cert-health/internal/scenario"
)

// keys are the certificates of the hub and of the agents. All agents have one, as with a variable of
// the runtime config. CredHub makes RSA keys only.
type keys struct {
	ca, certificate, key string // files
	pool                 *x509.CertPool
	client               tls.Certificate
}

const (
	caFile          = "ca.pem"
	certificateFile = "hub.pem"
	keyFile         = "hub.key"
)

func newKeys(dir string) (*keys, error) {
	ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true, Key: scenario.RSA})
	server := scenario.Issue(scenario.Spec{CommonName: "hub", SANs: []string{"127.0.0.1"}, Issuer: ca, Key: scenario.RSA})
	agent := scenario.Issue(scenario.Spec{CommonName: "agent", Client: true, Issuer: ca, Key: scenario.RSA})
	k := &keys{ca: filepath.Join(dir, caFile), certificate: filepath.Join(dir, certificateFile), key: filepath.Join(dir, keyFile), pool: x509.NewCertPool()}
	k.pool.AddCert(ca.X509)
	for name, contents := range map[string]string{k.ca: ca.CertPEM(), k.certificate: server.CertPEM(), k.key: server.KeyPEM()} {
		if err := os.WriteFile(name, []byte(contents), 0o600); err != nil {
			return nil, err
		}
	}
	var err error
	k.client, err = tls.X509KeyPair([]byte(agent.CertPEM()), []byte(agent.KeyPEM()))
	return k, err
}
