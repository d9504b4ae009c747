package server

import (
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/pires/go-proxyproto"
)

// mutual is the configuration of TLS for clients with a certificate. Hubs with the same private key take
// each other's session tickets: a client that comes again, to whichever of them, costs no signature.
//
// The keys of the tickets are derived from the private key, the CAs and the day, so they are stored and
// sent nowhere. In TLS 1.3 they do not open what was recorded. A ticket is good for two days at most, and for
// the same CAs only.
type mutual struct {
	keys    *Keys
	clients *x509.CertPool
	cas     []byte // the CAs, as they are configured
	now     func() time.Time

	mutex  sync.Mutex
	pair   *tls.Certificate // of config
	day    int64
	config *tls.Config
}

const dayLength = 24 * 60 * 60

// current is a GetConfigForClient.
func (m *mutual) current(*tls.ClientHelloInfo) (*tls.Config, error) {
	pair, day := m.keys.current(), m.now().Unix()/dayLength
	m.mutex.Lock()
	defer m.mutex.Unlock()
	if m.config != nil && m.pair == pair && m.day == day {
		return m.config, nil
	}
	made, err := m.make(pair, day)
	if err != nil {
		return nil, err
	}
	m.pair, m.day, m.config = pair, day, made
	return made, nil
}

func (m *mutual) make(pair *tls.Certificate, day int64) (*tls.Config, error) {
	secret, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		return nil, fmt.Errorf("derive keys of session tickets: %w", err)
	}
	defer clear(secret)
	var keys [][32]byte
	for _, of := range []int64{day, day - 1} {
		key, err := hkdf.Key(sha256.New, secret, m.cas, fmt.Sprintf("cert-health-hub session tickets of day %d", of), 32)
		if err != nil {
			return nil, fmt.Errorf("derive keys of session tickets: %w", err)
		}
		keys = append(keys, [32]byte(key))
	}
	made := &tls.Config{
		MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{*pair}, NextProtos: []string{"http/1.1"},
		ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: m.clients, Time: m.now,
	}
	made.SetSessionTicketKeys(keys)
	return made, nil
}

// proxied takes the address of the client from the balancers in some networks, and from them only. They
// must tell it: without it all clients would have the address of the balancer.
func proxied(listener net.Listener, networks []netip.Prefix) net.Listener {
	if len(networks) == 0 {
		return listener
	}
	return &proxyproto.Listener{Listener: listener, ReadHeaderTimeout: readHeaderTimeout, ConnPolicy: func(o proxyproto.ConnPolicyOptions) (proxyproto.Policy, error) {
		peer, err := netip.ParseAddrPort(o.Upstream.String())
		address := peer.Addr().Unmap().WithZone("")
		if err == nil && slices.ContainsFunc(networks, func(n netip.Prefix) bool { return n.Contains(address) }) {
			return proxyproto.REQUIRE, nil
		}
		return proxyproto.SKIP, nil
	}}
}
