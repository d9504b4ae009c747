package lenient

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"math"
	"slices"

	"cert-health/internal/der"
)

// readKey reads the public key, with crypto/x509 if that accepts it.
func (r *reader) readKey() {
	body := r.key.contents
	algorithm, ok1 := body.take(der.Sequence)
	oid, ok2 := algorithm.contents.take(der.ObjectID)
	id, ok3 := oid.objectID()
	bitString, ok4 := body.take(der.BitString)
	bits, ok5 := bitString.bits()
	r.x.RawSubjectPublicKeyInfo = r.key.whole
	if !ok1 || !ok2 || !ok3 || !ok4 || !ok5 {
		r.refuse(allOf, "its public key is malformed")
		return
	}
	r.x.PublicKeyAlgorithm = keyAlgorithm(id)
	if r.x.PublicKeyAlgorithm == x509.UnknownPublicKeyAlgorithm {
		return
	}
	if key, err := x509.ParsePKIXPublicKey(r.key.whole); err == nil {
		r.x.PublicKey = key
		return
	}
	parameters, _ := algorithm.contents.next()
	switch data := bits.RightAlign(); r.x.PublicKeyAlgorithm {
	case x509.RSA:
		r.readRSA(parameters, data)
	case x509.ECDSA:
		r.readEC(parameters, data)
	case x509.Ed25519:
		r.readEd25519(parameters, data)
	default:
		r.refuse(onlyGo, "its %s key is malformed", r.x.PublicKeyAlgorithm)
	}
}

func keyAlgorithm(oid asn1.ObjectIdentifier) x509.PublicKeyAlgorithm {
	switch oid.String() {
	case "1.2.840.113549.1.1.1":
		return x509.RSA
	case "1.2.840.10040.4.1":
		return x509.DSA
	case "1.2.840.10045.2.1":
		return x509.ECDSA
	case "1.3.101.112":
		return x509.Ed25519
	}
	return x509.UnknownPublicKeyAlgorithm
}

// use sets the public key, and encodes it as crypto/x509 does.
func (r *reader) use(key any) {
	info, err := x509.MarshalPKIXPublicKey(key)
	if err == nil {
		r.x.PublicKey, r.x.RawSubjectPublicKeyInfo = key, info
	}
}

func (r *reader) readRSA(parameters element, data elements) {
	if string(parameters.whole) != string(asn1.NullBytes) {
		r.refuse(onlyGo, "its RSA key has no NULL as its parameters")
	}
	body, _ := data.take(der.Sequence)
	modulus, ok1 := positive(&body.contents)
	exponent, ok2 := positive(&body.contents)
	if ok1 {
		r.keyBits = modulus.BitLen()
	}
	switch {
	case !ok1 || !ok2:
		r.refuse(allOf, "its RSA key is malformed")
	case exponent.BitLen() > 62 || exponent.Int64() > math.MaxInt:
		r.refuse(onlyGo, "the public exponent of its RSA key has %d bits", exponent.BitLen())
	default:
		r.use(&rsa.PublicKey{N: modulus, E: int(exponent.Int64())})
	}
}

func (r *reader) readEd25519(parameters element, data []byte) {
	if len(data) != ed25519.PublicKeySize {
		r.refuse(allOf, "its Ed25519 key has %d bytes and not %d", len(data), ed25519.PublicKeySize)
		return
	}
	if parameters.whole != nil {
		r.refuse(onlyGo, "its Ed25519 key has parameters")
	}
	r.use(ed25519.PublicKey(data))
}

func (r *reader) readEC(parameters element, point []byte) {
	c, known := r.curve(parameters)
	r.keyBits = c.bits
	if !known || c.curve == nil {
		return
	}
	plain, form := uncompressed(c.curve, point)
	key, err := ecdsa.ParseUncompressedPublicKey(c.curve, plain)
	if err != nil {
		r.refuse(allOf, "its public key is not a point of the curve %s", c.name)
		return
	}
	if form != "" {
		r.refuse(java, "its public key is a point in %s form", form)
	}
	r.use(key)
}

// uncompressed writes a point as Go reads it, and names the form that it had otherwise.
func uncompressed(curve elliptic.Curve, point []byte) (plain []byte, form string) {
	size := (curve.Params().BitSize + 7) / 8
	switch {
	case len(point) == 1+size && (point[0] == 2 || point[0] == 3):
		if x, y := elliptic.UnmarshalCompressed(curve, point); x != nil {
			return slices.Concat([]byte{4}, x.FillBytes(make([]byte, size)), y.FillBytes(make([]byte, size))), "compressed"
		}
	case len(point) == 1+2*size && (point[0] == 6 || point[0] == 7):
		return slices.Concat([]byte{4}, point[1:]), "hybrid"
	}
	return point, ""
}
