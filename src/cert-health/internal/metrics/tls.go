package metrics

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
)

// TLS are the certificate files and the policy of a server, which are all that mutual TLS
// needs. prometheus/exporter-toolkit would make the agent 5.7 MB larger: it cannot be used
// without its flags, its sockets of systemd and virtual machines, and its passwords.
type TLS struct {
	CertFile     string `yaml:"certificate"` // PEM, with the intermediates
	KeyFile      string `yaml:"private_key"`
	ClientCAFile string `yaml:"client_ca"` // the CAs of the clients; if empty, clients need no certificate
	// ClientAuthType is empty or the name of a tls.ClientAuthType. If it is empty and
	// ClientCAFile is set, it is RequireAndVerifyClientCert; the toolkit rejects that.
	ClientAuthType string `yaml:"client_auth_type"`
	// ClientAllowedSANs, if not empty: the client certificate must have one of these names.
	ClientAllowedSANs []string `yaml:"client_allowed_sans"`
}

// clientAuthTypes are the policies that verify each certificate they request. The toolkit
// has two more, which do not.
func clientAuthTypes() []tls.ClientAuthType {
	return []tls.ClientAuthType{tls.NoClientCert, tls.VerifyClientCertIfGiven, tls.RequireAndVerifyClientCert}
}

// Enabled tells whether the server uses TLS.
func (t TLS) Enabled() bool { return t.CertFile != "" || t.KeyFile != "" || t.ClientCAFile != "" }

// Check returns what is wrong with the settings. It reads no file.
func (t TLS) Check() error {
	policy, ok := t.policy()
	switch {
	case !ok:
		return errors.New("has an unknown client_auth_type: use RequireAndVerifyClientCert, VerifyClientCertIfGiven or NoClientCert")
	case !t.Enabled() && policy == tls.NoClientCert && len(t.ClientAllowedSANs) == 0:
		return nil
	case t.CertFile == "" || t.KeyFile == "":
		return errors.New("needs both certificate and private_key for TLS")
	case policy == tls.NoClientCert && t.ClientCAFile != "":
		return errors.New("has a client_ca, but its client_auth_type requests no client certificate")
	case policy != tls.NoClientCert && t.ClientCAFile == "":
		return errors.New("requests client certificates, but has no client_ca to verify them")
	case policy != tls.RequireAndVerifyClientCert && len(t.ClientAllowedSANs) > 0:
		return errors.New("has client_allowed_sans, which need client_auth_type RequireAndVerifyClientCert")
	}
	return nil
}

// mutual tells whether every client needs a certificate that is verified.
func (t TLS) mutual() bool {
	policy, _ := t.policy()
	return policy == tls.RequireAndVerifyClientCert
}

func (t TLS) policy() (tls.ClientAuthType, bool) {
	if t.ClientAuthType == "" {
		if t.ClientCAFile != "" {
			return tls.RequireAndVerifyClientCert, true
		}
		return tls.NoClientCert, true
	}
	types := clientAuthTypes()
	i := slices.IndexFunc(types, func(policy tls.ClientAuthType) bool { return policy.String() == t.ClientAuthType })
	if i < 0 {
		return tls.NoClientCert, false
	}
	return types[i], true
}

// load reads the files. An error names a file and contains nothing of its contents.
func (t TLS) load() (*tls.Config, error) {
	pair, err := tls.LoadX509KeyPair(t.CertFile, t.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("read the certificate %s and its private key %s: %w", t.CertFile, t.KeyFile, err)
	}
	policy, _ := t.policy()
	config := &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}, ClientAuth: policy}
	if policy == tls.NoClientCert {
		return config, nil
	}
	authorities, err := os.ReadFile(t.ClientCAFile)
	if err != nil {
		return nil, fmt.Errorf("read the client CA: %w", err)
	}
	config.ClientCAs = x509.NewCertPool()
	if !config.ClientCAs.AppendCertsFromPEM(authorities) {
		return nil, fmt.Errorf("read the client CA %s: it contains no certificate", t.ClientCAFile)
	}
	if len(t.ClientAllowedSANs) > 0 {
		config.VerifyConnection = t.allowed
	}
	return config, nil
}

// allowed verifies the name of a client. It is called for resumed connections too, unlike
// VerifyPeerCertificate.
func (t TLS) allowed(state tls.ConnectionState) error {
	client := state.PeerCertificates[0]
	names := slices.Concat(client.DNSNames, client.EmailAddresses)
	for _, ip := range client.IPAddresses {
		names = append(names, ip.String())
	}
	for _, uri := range client.URIs {
		names = append(names, uri.String())
	}
	if !slices.ContainsFunc(names, func(name string) bool { return slices.Contains(t.ClientAllowedSANs, name) }) {
		return errors.New("the client certificate has none of the names in client_allowed_sans: it has " + strings.Join(names, ", "))
	}
	return nil
}
