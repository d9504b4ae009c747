package served

import (
	"net/netip"
	"time"

	"cert-health/internal/cert"
	"cert-health/internal/handshake"
)

// Protocol is how a server came to send its certificates, or why it does not.
type Protocol = handshake.Protocol

// The protocols.
const (
	TLS        = handshake.TLS
	PostgreSQL = handshake.PostgreSQL
	MySQL      = handshake.MySQL
	SMTP       = handshake.SMTP
	NATS       = handshake.NATS
	Plain      = handshake.Plain   // not probed again
	Unknown    = handshake.Unknown // so far

	Excluded Protocol = "excluded" // must not be probed
)

// Result is the result of the last probe of a listener.
type Result struct {
	Address  netip.AddrPort // as bound: an unspecified address means all addresses
	inode    uint64         // of the socket
	Owner    Process        // zero when the process cannot be seen
	Protocol Protocol
	// Chains are the chains that the server sent, each leaf once. The first is for no server
	// name, unless the server demands one. A failure does not remove them: a server that is
	// too busy for an answer still serves what it has loaded.
	Chains   []Chain
	SeenAt   time.Time // when a probe last succeeded; zero before the first
	ProbedAt time.Time // when the last probe was made; zero before the first
	Err      string    // why the last probe failed, completely or in part; see reason
}

// Chain is one chain that a server sends.
type Chain struct {
	ServerName   string              // that the client sent (SNI); empty for none
	Certificates []*cert.Certificate // in the server's order: leaf first
	// Proven says that the server has the private key of the leaf. Without it, the server may have
	// copied the certificate of another.
	Proven bool
	der    [][]byte // to keep: the first certificates; nil if they are large
}
