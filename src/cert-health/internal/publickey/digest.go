package publickey

import (
	"bytes"
	"crypto/sha256"

	"cert-health/internal/cert"
	"cert-health/internal/der"
)

// The object identifiers of the algorithms, encoded.
const (
	oidRSA     = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"
	oidEC      = "\x2a\x86\x48\xce\x3d\x02\x01"
	oidEd25519 = "\x2b\x65\x70"
)

// algorithmRSA is RSA's AlgorithmIdentifier, whose parameters are NULL.
const algorithmRSA = "\x30\x0d\x06\x09" + oidRSA + "\x05\x00"

// algorithmEd25519 is the AlgorithmIdentifier of Ed25519, which has no parameters.
const algorithmEd25519 = "\x30\x05\x06\x03" + oidEd25519

// digest returns the digest of a private key's public half. The second element decides the
// kind of the key, and not the label of its block: TLS libraries do the same.
func (w *Workspace) digest(encoded []byte) (cert.KeyDigest, bool) {
	rest := der.Elements(encoded)
	_, key, ok := rest.Next(der.Sequence)
	if !ok || len(rest) > 0 || !version(&key) || len(key) == 0 {
		return cert.KeyDigest{}, false
	}
	switch key[0] {
	case der.Sequence:
		return w.pkcs8(key)
	case der.Integer:
		return pkcs1(key)
	case der.OctetString:
		return w.sec1(key, nil)
	}
	return cert.KeyDigest{}, false
}

// pkcs8 reads what follows the version of a PrivateKeyInfo.
func (w *Workspace) pkcs8(info der.Elements) (cert.KeyDigest, bool) {
	_, algorithm, ok1 := info.Next(der.Sequence)
	_, oid, ok2 := algorithm.Next(der.ObjectID)
	_, wrapped, ok3 := info.Next(der.OctetString)
	if !ok1 || !ok2 || !ok3 {
		return cert.KeyDigest{}, false
	}
	if oid.Is(oidEd25519) {
		return ed25519Digest(wrapped)
	}
	_, key, ok := wrapped.Next(der.Sequence)
	if !ok || len(wrapped) > 0 || !version(&key) {
		return cert.KeyDigest{}, false
	}
	switch {
	case oid.Is(oidRSA):
		return pkcs1(key)
	case oid.Is(oidEC):
		_, curve, ok := algorithm.Next(der.ObjectID)
		if !ok {
			return cert.KeyDigest{}, false
		}
		return w.sec1(key, curve)
	}
	return cert.KeyDigest{}, false
}

// pkcs1 reads what follows the version of an RSAPrivateKey: modulus and public exponent, which
// together are the contents of an RSAPublicKey. Of the rest, it only checks that a private
// exponent follows.
func pkcs1(key der.Elements) (cert.KeyDigest, bool) {
	modulus, ok1 := key.Positive()
	exponent, ok2 := key.Positive()
	_, _, ok3 := key.Next(der.Integer)
	if !ok1 || !ok2 || !ok3 {
		return cert.KeyDigest{}, false
	}
	public := der.Append(nil, der.Sequence, bytes.Join([][]byte{modulus, exponent}, nil))
	return keyInfoDigest(algorithmRSA, public), true
}

// keyInfoDigest is the digest of a SubjectPublicKeyInfo.
func keyInfoDigest(algorithm string, public []byte) cert.KeyDigest {
	contents := append([]byte(algorithm), der.Append(nil, der.BitString, append([]byte{0}, public...))...)
	return sha256.Sum256(der.Append(nil, der.Sequence, contents))
}

// version takes the small INTEGER with which all kinds of private keys begin.
func version(key *der.Elements) bool {
	_, number, ok := key.Next(der.Integer)
	return ok && len(number) == 1 && number[0] <= 1
}
