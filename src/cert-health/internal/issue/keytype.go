package issue

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"fmt"
	"io"
	"strconv"
	"strings"

	"cert-health/internal/cert"
)

// KeyType is an algorithm and a size.
type KeyType struct {
	Algorithm x509.PublicKeyAlgorithm // RSA, ECDSA or Ed25519
	Bits      int                     // 256 for Ed25519
}

// The sizes of RSA keys that are made. Libraries refuse smaller ones, and OpenSSL larger ones.
const (
	minRSABits = 2048
	maxRSABits = 16_384
)

// KeyTypes are the words that ParseKeyType takes.
func KeyTypes() []string { return []string{"rsa", "ec", "ed25519"} }

// ParseKeyType reads a type as people write it: rsa, rsa:4096, ec, ec:384 or ed25519.
func ParseKeyType(text string) (KeyType, error) {
	name, size, sized := strings.Cut(strings.ToLower(text), ":")
	t := map[string]KeyType{"rsa": {x509.RSA, 4096}, "ec": {x509.ECDSA, 256}, "ed25519": {x509.Ed25519, 256}}[name]
	if sized {
		bits, err := strconv.Atoi(size)
		if err != nil {
			bits = -1
		}
		t.Bits = bits
	}
	return t, t.check()
}

func (t KeyType) check() error {
	switch {
	case t.Algorithm == x509.RSA && (t.Bits < minRSABits || t.Bits > maxRSABits):
		return fmt.Errorf("an RSA key of %d bits is not made: use %d to %d bits, as in rsa:4096", t.Bits, minRSABits, maxRSABits)
	case t.Algorithm == x509.RSA, t == KeyType{x509.Ed25519, 256}, t.Algorithm == x509.ECDSA && t.curve() != nil:
		return nil
	}
	return fmt.Errorf("there is no such type of key: use rsa:4096, ec:256, ec:384, ec:521 or ed25519")
}

func (t KeyType) curve() elliptic.Curve {
	switch t.Bits {
	case 224:
		return elliptic.P224()
	case 256:
		return elliptic.P256()
	case 384:
		return elliptic.P384()
	case 521:
		return elliptic.P521()
	}
	return nil
}

// String writes the type as cert.Certificate does: "RSA 2048".
func (t KeyType) String() string { return fmt.Sprintf("%s %d", t.Algorithm, t.Bits) }

// GenerateKey makes a key in the form that most programs read: PKCS #1, SEC 1, or PKCS #8 for Ed25519.
func GenerateKey(t KeyType, random io.Reader) (Key, error) {
	if err := t.check(); err != nil {
		return Key{}, err
	}
	var signer crypto.Signer
	var err error
	label := pkcs8
	switch t.Algorithm {
	case x509.RSA:
		label = pkcs1
		signer, err = rsa.GenerateKey(random, t.Bits)
	case x509.ECDSA:
		label = sec1
		signer, err = ecdsa.GenerateKey(t.curve(), random)
	default:
		_, signer, err = ed25519.GenerateKey(random)
	}
	if err != nil {
		return Key{}, fmt.Errorf("make a key (%s): %w", t, err)
	}
	return Key{&held{signer: signer, form: form{label: label}}}, nil
}

// Type is the algorithm and the size of the key; zero without a key.
func (k Key) Type() KeyType { return TypeOf(k.Public()) }

// TypeOf is the type of a public key; zero for one of which no private key can be made.
func TypeOf(public crypto.PublicKey) KeyType {
	switch key := public.(type) {
	case *rsa.PublicKey:
		return KeyType{x509.RSA, key.N.BitLen()}
	case *ecdsa.PublicKey:
		return KeyType{x509.ECDSA, key.Curve.Params().BitSize}
	case ed25519.PublicKey:
		return KeyType{x509.Ed25519, 256}
	}
	return KeyType{}
}

// Another makes a new key of a type that is written as this one is. The zero type stands for that of this key.
func (k Key) Another(t KeyType, random io.Reader) (Key, error) {
	if k.IsZero() {
		return Key{}, errNoKey
	}
	if t == (KeyType{}) {
		t = k.Type()
	}
	made, err := GenerateKey(t, random)
	switch {
	case err != nil:
	case t == k.Type():
		made.held.form = k.held.form
	case t.Algorithm == k.Type().Algorithm, k.held.form.label == pkcs8:
		made.held.form.label = k.held.form.label
	}
	return made, err
}

// digestOf is the digest of a public key as a certificate states it.
func digestOf(public crypto.PublicKey) cert.KeyDigest {
	encoded, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return cert.KeyDigest{}
	}
	return sha256.Sum256(encoded)
}
