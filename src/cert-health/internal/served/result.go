package served

import (
	"net/netip"
	"time"

	"cert-health/internal/cert"
)

// Protocol is how a socket came to show its certificates, or why it does not.
type Protocol string

// The protocols, and no others.
const (
	TLS        Protocol = "tls"
	PostgreSQL Protocol = "postgres"  // TLS after an SSLRequest
	MySQL      Protocol = "mysql"     // TLS after an SSLRequest of another kind
	SMTP       Protocol = "smtp"      // TLS after STARTTLS
	NATS       Protocol = "nats"      // TLS after the server's INFO
	Plain      Protocol = "plain"     // speaks, but no TLS: left alone while it listens
	Unknown    Protocol = "unknown"   // has not answered so far, or only in part
	Untouched  Protocol = "untouched" // must not be asked
)

// Result is what came of the last probe of a listener.
type Result struct {
	Address  netip.AddrPort // as bound: an unspecified address means all of them
	Owner    Process        // zero when the process cannot be seen
	Protocol Protocol
	// Shown is what the probe saw, each leaf once: the first without a server name, unless
	// the server insists on one. Empty after a failure, whatever was seen before.
	Shown    []Shown
	ProbedAt time.Time // zero before the first probe
	Err      string    // why nothing is shown; the same words while it lasts
}

// Shown is one chain that a server shows.
type Shown struct {
	ServerName string              // for which it was shown; empty when none was sent
	Chain      []*cert.Certificate // in the server's order: leaf first
}

// encrypted tells whether a certificate may be expected.
func (p Protocol) encrypted() bool {
	switch p {
	case TLS, PostgreSQL, MySQL, SMTP, NATS:
		return true
	}
	return false
}
