package keystore

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"fmt"
	"hash"

	"cert-health/internal/der"
)

// mac is the checksum of a PKCS #12 store. To make it takes the password.
type mac struct {
	cost   int // of one derivation, in iterations
	digest []byte
	hash   func() hash.Hash
	derive func(candidate) []byte
}

// maxMACKey is the size of the longest key of a PBMAC1, in bytes. RFC 9579 recommends the size
// of the HMAC's output.
const maxMACKey = 64

// readMAC reads a MacData. It returns nil for an unknown algorithm: the certificates are of use
// without a verified checksum, too.
func readMAC(data *der.Reader) (*mac, error) {
	info := data.Enter(der.Sequence)
	algorithm := info.Enter(der.Sequence)
	oid := algorithm.OID()
	m := &mac{digest: info.Bytes(der.OctetString)}
	if oid == oidPBMAC1 {
		return m.readPBMAC1(algorithm.Enter(der.Sequence))
	}
	with := stretch{hash: digestHash(oid), salt: salt(data), iterations: 1}
	if data.More() {
		with.iterations = iterations(data)
	}
	if err := data.Err(); err != nil || with.hash == nil {
		return nil, err
	}
	size := with.hash().Size()
	m.cost, m.hash = with.rounds(size), with.hash
	m.derive = func(password candidate) []byte { return with.pkcs12(password, purposeMAC, size) }
	return m, nil
}

// readPBMAC1 reads the parameters of RFC 9579. The rest of MacData means nothing then.
func (m *mac) readPBMAC1(params *der.Reader) (*mac, error) {
	with, size, err := readPBKDF2(params.Enter(der.Sequence))
	if errors.Is(err, ErrUnsupported) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	m.hash = hmacHash(params.Enter(der.Sequence).OID())
	if err := params.Err(); err != nil || m.hash == nil {
		return nil, err
	}
	if size < 1 || size > maxMACKey {
		return nil, fmt.Errorf("%w: the key of its checksum has %d bytes", ErrLimit, size)
	}
	m.cost = with.rounds(size)
	m.derive = func(password candidate) []byte { return with.pbkdf2(password, size) }
	return m, nil
}

// fits tells whether the checksum of the contents was made with the password.
func (m *mac) fits(contents []byte, password candidate) bool {
	key := m.derive(password)
	defer clear(key)
	h := hmac.New(m.hash, key)
	h.Write(contents)
	return hmac.Equal(h.Sum(nil), m.digest)
}

// digestHash is the hash of a plain digest; nil when it is not known.
func digestHash(oid string) func() hash.Hash {
	switch oid {
	case oidSHA1:
		return sha1.New
	case oidSHA224:
		return sha256.New224
	case oidSHA256:
		return sha256.New
	case oidSHA384:
		return sha512.New384
	case oidSHA512:
		return sha512.New
	}
	return nil
}
