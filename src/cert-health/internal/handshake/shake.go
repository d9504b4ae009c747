package handshake

import (
	"crypto/tls"
	"io"
	"time"
)

// linger is the time that a server has to answer a close_notify.
const linger = 500 * time.Millisecond

// shown is what a server showed in a handshake.
type shown struct {
	chain  [][]byte // the certificates as DER, the server's own first
	proven bool     // it has the private key of the first
}

// Shake makes a handshake after the dialogue of a protocol, and closes the TLS connection.
func (w *Wire) Shake(protocol Protocol, serverName string) Outcome {
	seen, err := shake(w, serverName)
	return ended(protocol, seen, err)
}

// shake makes a handshake, and closes the TLS connection. It returns the server's chain even
// if the server refused the handshake later: a server that demands a client certificate
// sends its own first.
func shake(w *Wire, serverName string) (shown, error) {
	var chain [][]byte
	var suite uint16
	config := clientConfig(serverName, func(raw [][]byte, chosen uint16) { chain, suite = raw, chosen })
	w.handshakes()
	t := &tape{Wire: w}
	config.KeyLogWriter = &t.secrets
	client := tls.Client(t, config)
	err := client.HandshakeContext(w.ctx)
	switch {
	case err == nil:
		closeNotify(w, client)
		return shown{chain, true}, nil
	case len(chain) == 0: // crypto/tls did not come so far
		t.drain()
		return t.shown(), err
	}
	return shown{chain, provenBy(t.secrets.Bytes(), suite)}, err
}

// drain reads the rest of what the server sent before it knew that the handshake failed. In that is
// the proof that it has the key.
func (t *tape) drain() {
	if len(t.shown().chain) == 0 {
		return
	}
	t.within(linger)
	_, _ = io.Copy(io.Discard, t)
}

// clientConfig configures a client that verifies nothing: no data is sent or read over the
// connection, so there is nothing to protect, and invalid certificates are those that have to
// be found. It calls received with the server's chain and the cipher suite, before the server has proven its key.
func clientConfig(serverName string, received func(chain [][]byte, suite uint16)) *tls.Config {
	config := &tls.Config{
		InsecureSkipVerify:     true,
		ServerName:             serverName,
		MinVersion:             tls.VersionTLS10,
		CipherSuites:           everySuite(),
		SessionTicketsDisabled: true, // a resumed session has no certificate
		// A hello without post-quantum keys is small, and every server understands it.
		CurvePreferences: []tls.CurveID{tls.X25519, tls.CurveP256, tls.CurveP384, tls.CurveP521},
		// An empty certificate is a valid answer; an aborted handshake would look like an attack
		// in the server's log.
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &tls.Certificate{}, nil },
	}
	config.VerifyConnection = func(state tls.ConnectionState) error {
		raw := make([][]byte, 0, len(state.PeerCertificates))
		for _, c := range state.PeerCertificates {
			raw = append(raw, c.Raw)
		}
		received(raw, state.CipherSuite)
		return nil
	}
	return config
}

// everySuite includes the insecure cipher suites, for old servers.
func everySuite() []uint16 {
	var suites []uint16
	for _, suite := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		suites = append(suites, suite.ID)
	}
	return suites
}

// closeNotify sends close_notify, and waits until the server closes the connection too. It
// reads what the server still sends, such as session tickets: closing a connection with
// unread data resets it, which a server may log as an error.
func closeNotify(w *Wire, client *tls.Conn) {
	if client.CloseWrite() != nil {
		return
	}
	if half, ok := w.Conn.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
	w.within(linger)
	_, _ = io.Copy(io.Discard, w)
}
