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

// TLS are the files and the policy of a server, under the names that prometheus/exporter-toolkit
// gives them below tls_server_config (docs/web-configuration.md there). They are all that
// mutual TLS needs; the toolkit itself would make the agent 5.7 MB larger, with its flags, sockets
// of systemd and virtual machines, and passwords, and has no part without them.
type TLS struct {
	CertFile     string // with what vouches for it, PEM
	KeyFile      string
	ClientCAFile string // who vouches for clients; empty asks for no client certificate
	// ClientAuthType is empty or one of tls.ClientAuthType. Empty, and a ClientCAFile, is
	// RequireAndVerifyClientCert: for the toolkit that would be a mistake.
	ClientAuthType string
	// ClientAllowedSANs, when there are any, are the names of which a client has to have one.
	ClientAllowedSANs []string
}

// clientAuthTypes are the policies that verify what they ask for. The toolkit knows two
// that do not.
func clientAuthTypes() []tls.ClientAuthType {
	return []tls.ClientAuthType{tls.NoClientCert, tls.VerifyClientCertIfGiven, tls.RequireAndVerifyClientCert}
}

// Enabled tells whether there is any TLS.
func (t TLS) Enabled() bool { return t.CertFile != "" || t.KeyFile != "" || t.ClientCAFile != "" }

// Check tells what is wrong, without a look at the files.
func (t TLS) Check() error {
	policy, ok := t.policy()
	switch {
	case !ok:
		return errors.New("has an unknown client_auth_type: use RequireAndVerifyClientCert, VerifyClientCertIfGiven or NoClientCert")
	case !t.Enabled() && policy == tls.NoClientCert && len(t.ClientAllowedSANs) == 0:
		return nil
	case t.CertFile == "" || t.KeyFile == "":
		return errors.New("needs both cert_file and key_file for TLS")
	case policy == tls.NoClientCert && t.ClientCAFile != "":
		return errors.New("has a client_ca_file, and a client_auth_type that asks no client for a certificate")
	case policy != tls.NoClientCert && t.ClientCAFile == "":
		return errors.New("asks clients for a certificate, and has no client_ca_file to verify it")
	case policy != tls.RequireAndVerifyClientCert && len(t.ClientAllowedSANs) > 0:
		return errors.New("has client_allowed_sans, which need the client_auth_type RequireAndVerifyClientCert")
	}
	return nil
}

// mutual tells whether no client gets in without a certificate that was verified.
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

// load reads the files. An error names a file and says nothing of what is in it.
func (t TLS) load() (*tls.Config, error) {
	pair, err := tls.LoadX509KeyPair(t.CertFile, t.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("read cert_file %s and key_file %s: %w", t.CertFile, t.KeyFile, err)
	}
	policy, _ := t.policy()
	config := &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}, ClientAuth: policy}
	if policy == tls.NoClientCert {
		return config, nil
	}
	authorities, err := os.ReadFile(t.ClientCAFile)
	if err != nil {
		return nil, fmt.Errorf("read client_ca_file: %w", err)
	}
	config.ClientCAs = x509.NewCertPool()
	if !config.ClientCAs.AppendCertsFromPEM(authorities) {
		return nil, fmt.Errorf("read client_ca_file %s: there is no certificate in it", t.ClientCAFile)
	}
	if len(t.ClientAllowedSANs) > 0 {
		config.VerifyConnection = t.allowed
	}
	return config, nil
}

// allowed is asked in resumed connections too, unlike VerifyPeerCertificate.
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
		return errors.New("the client has none of the names in client_allowed_sans: it has " + strings.Join(names, ", "))
	}
	return nil
}
