package served

import (
	"crypto/tls"
	"io"
	"time"
)

// linger is the time that a server has to answer a close_notify.
const linger = 500 * time.Millisecond

// shake makes a handshake, and closes the TLS connection. It returns the server's chain even
// if the server refused the handshake later: a server that demands a client certificate
// sends its own first.
func shake(w *wire, serverName string) ([][]byte, error) {
	var chain [][]byte
	config := clientConfig(serverName, func(raw [][]byte) { chain = raw })
	t := &tape{wire: w}
	config.KeyLogWriter = &t.secrets
	client := tls.Client(t, config)
	if err := client.HandshakeContext(w.ctx); err != nil {
		if len(chain) == 0 {
			chain = t.certificates()
		}
		return chain, err
	}
	closeNotify(w, client)
	return chain, nil
}

// clientConfig configures a client that verifies nothing: no data is sent or read over the
// connection, so there is nothing to protect, and invalid certificates are those that have to
// be found. It calls received with the server's chain.
func clientConfig(serverName string, received func([][]byte)) *tls.Config {
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
		received(raw)
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
func closeNotify(w *wire, client *tls.Conn) {
	if client.CloseWrite() != nil {
		return
	}
	if half, ok := w.Conn.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
	w.within(linger)
	_, _ = io.Copy(io.Discard, w)
}
