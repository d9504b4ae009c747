package cert

import (
	"net/netip"
	"time"
)

// Process is one process of the VM.
type Process struct {
	PID     int
	Name    string    // of its program
	Job     string    // the job that it belongs to; empty when it belongs to none
	Monit   string    // its name in monit; empty when monit does not know it
	Started time.Time // to a second; zero when it is not known
}

// Served is a certificate that a process sends in a TLS handshake.
type Served struct {
	Certificate *Certificate   // the first one sent: the server's own
	Issuers     []*Certificate // sent with it, in the server's order
	Proven      bool           // the process proved that it has the private key
	Address     netip.AddrPort // as bound: an unspecified address means all addresses
	ServerName  string         // the SNI that selected it; empty when none was sent
	Protocol    string         // spoken before TLS, or "tls"
	Process     Process        // zero when it is not known
	SeenAt      time.Time
	Failure     string // why a later handshake failed; empty if none did
	Behind      bool   // the handshake at SeenAt showed that a file held a newer one
}
