package cert

import (
	"bytes"
	"crypto/sha256"
)

// elements is what is left to read of a DER encoding: of that alone. A key in another
// of ASN.1's encodings is none, for its digest would not be that of its certificate.
type elements []byte

// Tags of ASN.1.
const (
	tagInteger     = 0x02
	tagBitString   = 0x03
	tagOctetString = 0x04
	tagObjectID    = 0x06
	tagSequence    = 0x30
	tagParameters  = 0xa0 // [0] of an ECPrivateKey
	tagPublicKey   = 0xa1 // [1] of an ECPrivateKey
)

// next reads one element of that tag, and returns it whole and its contents.
func (e *elements) next(tag byte) (whole, contents elements, ok bool) {
	data := *e
	if len(data) < 2 || data[0] != tag {
		return nil, nil, false
	}
	header, size := 2, int(data[1])
	if size >= 0x80 {
		// Two bytes count further than any key that is read.
		count := size & 0x7f
		if count == 0 || count > 2 || len(data) < header+count || data[header] == 0 {
			return nil, nil, false
		}
		size = 0
		for _, b := range data[header : header+count] {
			size = size<<8 | int(b)
		}
		if size < 0x80 {
			return nil, nil, false
		}
		header += count
	}
	if len(data) < header+size {
		return nil, nil, false
	}
	*e = data[header+size:]
	return data[:header+size], data[header : header+size], true
}

// positive reads an INTEGER that is one, and returns it whole.
func (e *elements) positive() (whole elements, ok bool) {
	whole, octets, ok := e.next(tagInteger)
	switch {
	case !ok || len(octets) == 0 || octets[0] >= 0x80:
		return nil, false
	case octets[0] == 0 && (len(octets) == 1 || octets[1] < 0x80):
		return nil, false
	}
	return whole, true
}

// version reads the small INTEGER with which private keys of all kinds begin.
func (e *elements) version() bool {
	_, octets, ok := e.next(tagInteger)
	return ok && len(octets) == 1 && octets[0] <= 1
}

func (e elements) is(oid string) bool { return string(e) == oid }

// The object identifiers of the algorithms, encoded.
const (
	oidRSA     = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"
	oidEC      = "\x2a\x86\x48\xce\x3d\x02\x01"
	oidEd25519 = "\x2b\x65\x70"
)

// algorithmRSA is RSA's AlgorithmIdentifier, whose parameters are NULL.
const algorithmRSA = "\x30\x0d\x06\x09" + oidRSA + "\x05\x00"

// algorithmEd25519 has none.
const algorithmEd25519 = "\x30\x05\x06\x03" + oidEd25519

// digest returns the digest of a private key's public half. What kind of key it is
// tells its second element, whatever its label says: TLS libraries ask no more.
func (r *keyRoom) digest(der []byte) (KeyDigest, bool) {
	rest := elements(der)
	_, key, ok := rest.next(tagSequence)
	if !ok || len(rest) > 0 || !key.version() || len(key) == 0 {
		return KeyDigest{}, false
	}
	switch key[0] {
	case tagSequence:
		return r.pkcs8(key)
	case tagInteger:
		return pkcs1(key)
	case tagOctetString:
		return r.sec1(key, nil)
	}
	return KeyDigest{}, false
}

// pkcs8 reads what follows the version of a PrivateKeyInfo.
func (r *keyRoom) pkcs8(info elements) (KeyDigest, bool) {
	_, algorithm, ok1 := info.next(tagSequence)
	_, oid, ok2 := algorithm.next(tagObjectID)
	_, wrapped, ok3 := info.next(tagOctetString)
	if !ok1 || !ok2 || !ok3 {
		return KeyDigest{}, false
	}
	if oid.is(oidEd25519) {
		return ed25519Digest(wrapped)
	}
	_, key, ok := wrapped.next(tagSequence)
	if !ok || len(wrapped) > 0 || !key.version() {
		return KeyDigest{}, false
	}
	switch {
	case oid.is(oidRSA):
		return pkcs1(key)
	case oid.is(oidEC):
		_, curve, ok := algorithm.next(tagObjectID)
		if !ok {
			return KeyDigest{}, false
		}
		return r.sec1(key, curve)
	}
	return KeyDigest{}, false
}

// pkcs1 reads what follows the version of an RSAPrivateKey: modulus and public
// exponent, which side by side are the contents of an RSAPublicKey. That a private
// exponent follows is all that is looked at of the rest.
func pkcs1(key elements) (KeyDigest, bool) {
	modulus, ok1 := key.positive()
	exponent, ok2 := key.positive()
	_, _, ok3 := key.next(tagInteger)
	if !ok1 || !ok2 || !ok3 {
		return KeyDigest{}, false
	}
	public := appendElement(nil, tagSequence, bytes.Join([][]byte{modulus, exponent}, nil))
	return keyInfoDigest(algorithmRSA, public), true
}

// keyInfoDigest is the digest of a SubjectPublicKeyInfo.
func keyInfoDigest(algorithm string, public []byte) KeyDigest {
	contents := append([]byte(algorithm), appendElement(nil, tagBitString, append([]byte{0}, public...))...)
	return sha256.Sum256(appendElement(nil, tagSequence, contents))
}

func appendElement(to []byte, tag byte, contents []byte) []byte {
	switch size := len(contents); {
	case size < 0x80:
		to = append(to, tag, byte(size))
	case size < 0x100:
		to = append(to, tag, 0x81, byte(size))
	default:
		to = append(to, tag, 0x82, byte(size>>8), byte(size))
	}
	return append(to, contents...)
}
