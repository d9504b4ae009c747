package cert

import (
	"math/big"
	"time"
)

// CRL is a revocation list: its issuer and its validity. The revoked certificates are not
// kept.
type CRL struct {
	Issuer     string // RFC 2253, like a Certificate's Subject
	ThisUpdate time.Time
	NextUpdate time.Time // zero when the list has none
	Number     *big.Int  // nil when the list has none
	Line       int       // of the BEGIN line in armoured text, from 1
}

// DeployedCRL is a revocation list in a file of a VM.
type DeployedCRL struct {
	CRL
	Job  string // empty outside the jobs' directory
	File string // as the VM sees it
	// LastSeen is that of a Location.
	LastSeen time.Time
}
