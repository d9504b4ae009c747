package served

import (
	"crypto/tls"
	"io"
	"time"
)

// linger is how long the other side may take to answer a close_notify.
const linger = 500 * time.Millisecond

// shake makes a handshake and ends it again. What the server showed is returned even
// if it then refused: one that demands a client certificate shows its own first.
func shake(w *wire, serverName string) ([][]byte, error) {
	var shown [][]byte
	client := tls.Client(w, handshake(serverName, func(raw [][]byte) { shown = raw }))
	if err := client.HandshakeContext(w.ctx); err != nil {
		return shown, err
	}
	farewell(w, client)
	return shown, nil
}

// handshake configures a client that looks and does not trust: nothing is sent over
// the connection and nothing read, so there is nothing to protect, and a certificate
// that nobody would trust is just what is looked for.
func handshake(serverName string, show func([][]byte)) *tls.Config {
	config := &tls.Config{
		InsecureSkipVerify:     true,
		ServerName:             serverName,
		MinVersion:             tls.VersionTLS10,
		CipherSuites:           everySuite(),
		SessionTicketsDisabled: true, // a session that is resumed shows no certificate
		// A hello without post-quantum keys is small, and every server understands it.
		CurvePreferences: []tls.CurveID{tls.X25519, tls.CurveP256, tls.CurveP384, tls.CurveP521},
		// To show none is an answer; to break off would look like an attack in the server's log.
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &tls.Certificate{}, nil },
	}
	config.VerifyConnection = func(state tls.ConnectionState) error {
		raw := make([][]byte, 0, len(state.PeerCertificates))
		for _, c := range state.PeerCertificates {
			raw = append(raw, c.Raw)
		}
		show(raw)
		return nil
	}
	return config
}

// everySuite includes those that are out of use: an old server is seen too.
func everySuite() []uint16 {
	var suites []uint16
	for _, suite := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		suites = append(suites, suite.ID)
	}
	return suites
}

// farewell sends close_notify and waits until the server has hung up too, reading what it
// sent meanwhile, such as session tickets: a connection that is closed with something
// unread is reset, which the server's log would tell of.
func farewell(w *wire, client *tls.Conn) {
	if client.CloseWrite() != nil {
		return
	}
	if half, ok := w.Conn.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
	w.within(linger)
	_, _ = io.Copy(io.Discard, w)
}
