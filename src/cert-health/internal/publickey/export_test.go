package publickey

import (
	"bytes"

	"cert-health/internal/cert"
)

// Digest returns the digest of the public half of a private key in DER.
func Digest(encoded []byte) (cert.KeyDigest, bool) { return new(Workspace).digest(encoded) }

// Soil fills all of the workspace, so that a missing wipe is noticed.
func (w *Workspace) Soil() {
	for _, part := range [][]byte{w.Base64[:], w.der[:], w.scalar[:]} {
		copy(part, bytes.Repeat([]byte{0xaa}, len(part)))
	}
}
