package ingest

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"cert-health/internal/report"
)

// Authorities are the CAs that sign the client certificates of agents.
type Authorities struct {
	pool   *x509.CertPool
	agents map[string]bool // the certificates of CAs that sign for agents of this product
	nats   map[string]bool // the same for bosh-agents
}

// NewAuthorities reads CAs in PEM: those of agents' own certificates, and those that a Director uses for
// NATS. One of them may be empty.
func NewAuthorities(agents, nats []byte) (*Authorities, error) {
	a := &Authorities{pool: x509.NewCertPool()}
	var err error
	if a.agents, err = a.add(agents); err != nil {
		return nil, fmt.Errorf("read cert_health_hub.agents.client_ca: %w", err)
	}
	if a.nats, err = a.add(nats); err != nil {
		return nil, fmt.Errorf("read cert_health_hub.agents.nats_ca: %w", err)
	}
	return a, nil
}

func (a *Authorities) add(text []byte) (map[string]bool, error) {
	set := map[string]bool{}
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		ca, err := x509.ParseCertificate(block.Bytes)
		if block.Type != "CERTIFICATE" || err != nil || !ca.IsCA {
			return nil, errors.New("a block of it is not the certificate of a CA")
		}
		a.pool.AddCert(ca)
		set[string(ca.Raw)] = true
	}
	if len(set) == 0 && len(bytes.TrimSpace(text)) > 0 {
		return nil, errors.New("there is no certificate in it: write PEM")
	}
	return set, nil
}

// Pool are all CAs, for the listener.
func (a *Authorities) Pool() *x509.CertPool { return a.pool }

// sender is who sent a request, as far as the connection proves it.
type sender struct {
	// client is the subject of the client certificate and the key of its issuer: both stay when it is renewed.
	client string
	peer   netip.Addr
	// nats tells that a CA for NATS has signed the certificate. agent is the bosh-agent that it names; empty
	// if it names none, as that of a VM that is being made, or of the Director.
	nats  bool
	agent string
}

// voice is what binds an instance without a Director.
func (s *sender) voice() string { return s.client + " at " + s.peer.String() }

func (s *sender) String() string { return s.peer.String() + " with the certificate of " + s.client }

var errNoCertificate = errors.New("the request has no client certificate of the CAs in agents.client_ca or agents.nats_ca")

// sender reads who sent a request. The listener has verified the certificate, but maybe days ago: a
// resumed session brings the result along.
func (a *Authorities) sender(r *http.Request, now time.Time) (*sender, error) {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return nil, errors.New("the address of the agent is not known: the balancer must send it by the PROXY protocol")
	}
	if r.TLS == nil || len(r.TLS.VerifiedChains) == 0 {
		return nil, errNoCertificate
	}
	s := &sender{peer: peer.Addr().Unmap().WithZone("")}
	leaf := r.TLS.PeerCertificates[0]
	if now.After(leaf.NotAfter) {
		return nil, errors.New("the client certificate has expired: deploy the agent's VM again with a new one")
	}
	issuer := a.issuer(s, r.TLS.VerifiedChains)
	if issuer == nil {
		return nil, errNoCertificate
	}
	s.client = clientOf(leaf, issuer)
	if s.nats {
		s.agent = agentOf(leaf.Subject.CommonName)
	}
	return s, nil
}

// issuer is who signed the certificate. A chain to a CA for NATS wins: its certificates name one VM.
func (a *Authorities) issuer(s *sender, chains [][]*x509.Certificate) (issuer *x509.Certificate) {
	for _, chain := range chains {
		last := chain[len(chain)-1].Raw
		switch {
		case a.nats[string(last)]:
			s.nats = true
			return chain[min(1, len(chain)-1)]
		case a.agents[string(last)]:
			issuer = chain[min(1, len(chain)-1)]
		}
	}
	return issuer
}

// longestSubject bounds the name of a client in texts.
const longestSubject = 200

func clientOf(leaf, issuer *x509.Certificate) string {
	key := sha256.Sum256(issuer.RawSubjectPublicKeyInfo)
	name := report.Printable(leaf.Subject.String())
	if len(name) > longestSubject {
		whole := sha256.Sum256(leaf.RawSubject)
		name = strings.ToValidUTF8(name[:longestSubject], "") + "… " + hex.EncodeToString(whole[:8])
	}
	return name + " (issuer's key " + hex.EncodeToString(key[:8]) + ")"
}

// agentDomain is how the common names of bosh-agents' certificates end. The one with which a VM starts has
// ".bootstrap" before it, and is good for the time until it has its own.
const agentDomain = ".agent.bosh-internal"

// agentOf is the id of the bosh-agent that a common name belongs to; empty for any other name.
func agentOf(name string) string {
	id, found := strings.CutSuffix(name, agentDomain)
	if !found || id == "" || !plainName(id) || strings.Contains(id, ".") {
		return ""
	}
	return id
}
