package publickey

import (
	"bytes"
	"crypto/ed25519"
	"crypto/elliptic"

	"cert-health/internal/cert"
	"cert-health/internal/der"
)

// maxScalar is the length of a scalar of P-521, the largest curve, in bytes.
const maxScalar = 66

// curveOf returns the curve of an object identifier; nil if no certificate can have it.
func curveOf(oid der.Elements) elliptic.Curve {
	switch string(oid) {
	case "\x2b\x81\x04\x00\x21":
		return elliptic.P224()
	case "\x2a\x86\x48\xce\x3d\x03\x01\x07":
		return elliptic.P256()
	case "\x2b\x81\x04\x00\x22":
		return elliptic.P384()
	case "\x2b\x81\x04\x00\x23":
		return elliptic.P521()
	}
	return nil
}

// sec1 reads what follows the version of an ECPrivateKey. Most contain the public key; if it is
// missing, as in Java's, it is computed. The curve in oid, which PKCS #8 names, takes
// precedence over the one in the key.
func (w *Workspace) sec1(key, oid der.Elements) (cert.KeyDigest, bool) {
	_, scalar, ok := key.Next(der.OctetString)
	if !ok {
		return cert.KeyDigest{}, false
	}
	if _, parameters, ok := key.Next(der.Context0); ok && oid == nil {
		_, oid, _ = parameters.Next(der.ObjectID)
	}
	curve := curveOf(oid)
	if curve == nil {
		return cert.KeyDigest{}, false
	}
	size := (curve.Params().BitSize + 7) / 8
	point, ok := publicPoint(key, size)
	if !ok {
		point, ok = w.multiply(curve, size, scalar)
	}
	if !ok {
		return cert.KeyDigest{}, false
	}
	name := der.Append(der.Append(nil, der.ObjectID, []byte(oidEC)), der.ObjectID, oid)
	return keyInfoDigest(string(der.Append(nil, der.Sequence, name)), point), true
}

// publicPoint reads the public key that may follow a private one, if it is uncompressed as in
// certificates.
func publicPoint(key der.Elements, size int) ([]byte, bool) {
	_, tagged, _ := key.Next(der.Context0 + 1)
	_, bits, ok := tagged.Next(der.BitString)
	if !ok || len(bits) != 2+2*size || bits[0] != 0 || bits[1] != 4 {
		return nil, false
	}
	return bits[1:], true
}

// multiply computes the public point of a scalar.
//
// It uses crypto/elliptic, which is deprecated, because its successor crypto/ecdh keeps copies
// of the scalar that cannot be wiped. crypto/elliptic has none on the heap.
func (w *Workspace) multiply(curve elliptic.Curve, size int, scalar der.Elements) ([]byte, bool) {
	significant := bytes.TrimLeft(scalar, "\x00")
	if len(significant) == 0 || len(significant) > size {
		return nil, false
	}
	full := w.scalar[:size]
	copy(full[size-len(significant):], significant)
	if bytes.Compare(full, curve.Params().N.FillBytes(make([]byte, size))) >= 0 {
		return nil, false
	}
	//lint:ignore SA1019 its successor leaves copies that cannot be wiped, see above
	x, y := curve.ScalarBaseMult(full)
	point := make([]byte, 1+2*size)
	point[0] = 4
	x.FillBytes(point[1 : 1+size])
	y.FillBytes(point[1+size:])
	return point, true
}

// ed25519Digest computes the public key of a seed.
func ed25519Digest(wrapped der.Elements) (cert.KeyDigest, bool) {
	_, seed, ok := wrapped.Next(der.OctetString)
	if !ok || len(seed) != ed25519.SeedSize || len(wrapped) > 0 {
		return cert.KeyDigest{}, false
	}
	key := ed25519.NewKeyFromSeed(seed)
	defer clear(key)
	return keyInfoDigest(algorithmEd25519, key[ed25519.SeedSize:]), true
}
