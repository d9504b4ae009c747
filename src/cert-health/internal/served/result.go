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
	// Shown is what a probe saw, each leaf once: the first without a server name, unless
	// the server insists on one. A failure takes nothing of it away: a server that is too
	// busy for an answer has loaded nothing else for that.
	Shown    []Shown
	SeenAt   time.Time // when the last probe did not fail; zero when none has succeeded
	ProbedAt time.Time // when the last probe was made; zero before the first
	Err      string    // why it failed, be it in part; the same words while it lasts
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
