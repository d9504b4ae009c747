package cert

import (
	"math/big"
	"time"
)

// CRL is a certificate revocation list: who issued it, and until when it is good. Whom
// it revokes is of no use here, and not kept.
type CRL struct {
	Issuer     string // RFC 2253, as a Certificate's Subject
	ThisUpdate time.Time
	NextUpdate time.Time // zero when the list does not say
	Number     *big.Int  // nil when the list has none
	Line       int       // of its BEGIN line in armoured text, from 1
}

// DeployedCRL is a revocation list in a file of a VM.
type DeployedCRL struct {
	CRL
	Job  string // empty outside the jobs' folder
	File string // as the VM sees it
}
