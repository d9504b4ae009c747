package cert

import (
	"net/netip"
	"time"
)

// Process is one process of the VM.
type Process struct {
	PID     int
	Name    string    // of its program
	Job     string    // the monit or bpm job that it belongs to; empty when to none
	Monit   string    // what monit calls it; empty when it does not
	Started time.Time // to a second; zero when unknown
}

// Served is a certificate that a process shows to whoever connects to it.
type Served struct {
	Certificate *Certificate   // the first of what was sent: the server's own
	Address     netip.AddrPort // as bound: an unspecified address means all of them
	ServerName  string         // for which it is shown; empty when none was sent
	Protocol    string         // that was spoken before TLS, or "tls" itself
	Process     Process        // zero when it cannot be seen
	SeenAt      time.Time
}

// Arrival is a certificate that came into a job's file while somebody watched.
type Arrival struct {
	Fingerprint Fingerprint
	File        string
	After       time.Time // the file was there and did not hold it yet
	By          time.Time // it held it
}
