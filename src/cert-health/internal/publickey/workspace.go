package publickey

import (
	"bytes"
	"encoding/base64"

	"cert-health/internal/cert"
)

// MaxBase64 is the size of the largest private key that is read, in base64. An RSA key of
// 8192 bits has some 6 KB.
const MaxBase64 = 16 << 10

// Workspace is the one place where private keys are decoded. Its size is fixed, so that
// wiping it leaves no copy behind. The zero value is ready.
type Workspace struct {
	// Base64 is where the caller collects the base64 of a key.
	Base64 [MaxBase64]byte
	der    [MaxBase64 / 4 * 3]byte // the key
	scalar [maxScalar]byte         // of an elliptic curve, in its full length
}

// Wipe overwrites all of it. The caller wipes the workspace after each key.
func (w *Workspace) Wipe() {
	clear(w.Base64[:])
	clear(w.der[:])
	clear(w.scalar[:])
}

// Digest decodes the first size bytes of Base64 as a private key, and returns the digest of
// its public half. It is not ok when the key is encrypted, or cannot be read for another
// reason. No error is returned, because it could quote the key.
func (w *Workspace) Digest(size int) (digest cert.KeyDigest, ok bool) {
	encoded := bytes.TrimRight(w.Base64[:size], "=")
	n, err := base64.RawStdEncoding.Decode(w.der[:], encoded)
	if err != nil {
		return cert.KeyDigest{}, false
	}
	return w.digest(w.der[:n])
}
