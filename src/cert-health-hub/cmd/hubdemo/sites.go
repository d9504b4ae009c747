package main

import (
	"crypto/tls"
	"io"
	"net"
	"strconv"

	"cert-health/internal/scenario"
)

// site is a TLS server, as the configuration of the hub names it.
type site struct{ Host, ServerName string }

// sites are web sites: one is well, one has expired, one has another name, and one does not answer.
func (s *stage) sites() error {
	for _, one := range []struct {
		name string
		spec scenario.Spec
	}{
		{"login.example.com", scenario.Spec{CommonName: "login.example.com", SANs: []string{"login.example.com"}, NotAfter: s.in(200)}},
		{"grafana.example.com", scenario.Spec{CommonName: "grafana.example.com", SANs: []string{"grafana.example.com"}, NotBefore: s.in(-365), NotAfter: s.in(-1)}},
		{"uaa.example.com", scenario.Spec{CommonName: "old-uaa.example.com", SANs: []string{"old-uaa.example.com"}, NotAfter: s.in(100)}},
	} {
		one.spec.Server, one.spec.Issuer = true, s.ca
		listener, err := listen(scenario.Issue(one.spec))
		if err != nil {
			return err
		}
		s.closers = append(s.closers, func() { _ = listener.Close() })
		s.Sites = append(s.Sites, site{listener.Addr().String(), one.name})
	}
	silent, err := freePort()
	s.Sites = append(s.Sites, site{net.JoinHostPort("127.0.0.1", strconv.Itoa(silent)), "apps.example.com"})
	return err
}

// listen serves TLS with a certificate, and nothing else.
func listen(pair *scenario.Pair) (net.Listener, error) {
	loaded, err := tls.X509KeyPair([]byte(pair.CertPEM()), []byte(pair.KeyPEM()))
	if err != nil {
		return nil, err
	}
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{loaded}})
	if err != nil {
		return nil, err
	}
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer connection.Close()
				_, _ = io.Copy(io.Discard, connection)
			}()
		}
	}()
	return listener, nil
}

// freePort is a port at which nothing listens.
func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}
