package splice

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"

	"cert-health/internal/cert"
	"cert-health/internal/extract/text"
)

// Key is a private key that is written into files. It never prints itself.
type Key struct {
	signer crypto.Signer
	digest cert.KeyDigest
}

// Format writes that it is a key, and nothing of it.
func (k *Key) Format(state fmt.State, _ rune) { fmt.Fprint(state, "(a private key)") }

// MarshalText refuses: a key is no part of a document.
func (k *Key) MarshalText() ([]byte, error) { return nil, errors.New("a private key is not written") }

// Digest is the digest of the public half.
func (k *Key) Digest() cert.KeyDigest { return k.digest }

// Name is the algorithm and the size of the key, for people: "RSA 2048".
func (k *Key) Name() string {
	switch key := k.signer.(type) {
	case *rsa.PrivateKey:
		return fmt.Sprintf("RSA %d", key.N.BitLen())
	case *ecdsa.PrivateKey:
		return fmt.Sprintf("ECDSA %d", key.Curve.Params().BitSize)
	}
	return "Ed25519 256"
}

// ParseKey reads the private key of a PEM text: of PKCS #8, PKCS #1 or SEC 1, without a password. No error holds a part of
// the text.
func ParseKey(text []byte) (*Key, error) {
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		defer clear(block.Bytes)
		switch block.Type {
		case "PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY":
			if block.Headers["DEK-Info"] != "" {
				return nil, errors.New("the private key is encrypted: decrypt it first")
			}
			return parseKey(block.Bytes)
		case "ENCRYPTED PRIVATE KEY":
			return nil, errors.New("the private key is encrypted: decrypt it first")
		}
	}
	return nil, errors.New("there is no private key in PEM text")
}

func parseKey(der []byte) (*Key, error) {
	var parsed any
	var err error
	if parsed, err = x509.ParsePKCS8PrivateKey(der); err != nil {
		if parsed, err = x509.ParsePKCS1PrivateKey(der); err != nil {
			parsed, err = x509.ParseECPrivateKey(der)
		}
	}
	signer, ok := parsed.(crypto.Signer)
	if err != nil || !ok {
		return nil, errors.New("the private key cannot be read: it must be RSA, ECDSA or Ed25519, without a password")
	}
	public, err := x509.MarshalPKIXPublicKey(signer.Public())
	if err != nil {
		return nil, errors.New("the public half of the private key cannot be computed")
	}
	return &Key{signer, sha256.Sum256(public)}, nil
}

// in returns the key in the encoding that a label announces, and the label that fits the key. The caller wipes the
// encoding.
func (k *Key) in(label string) (fitting string, der []byte, err error) {
	if label == "PRIVATE KEY" {
		der, err = x509.MarshalPKCS8PrivateKey(k.signer)
		return label, der, err
	}
	switch key := k.signer.(type) {
	case *rsa.PrivateKey:
		return "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key), nil
	case *ecdsa.PrivateKey:
		der, err = x509.MarshalECPrivateKey(key)
		return "EC PRIVATE KEY", der, err
	case ed25519.PrivateKey:
		return "", nil, fmt.Errorf("a block of %s cannot hold a key of Ed25519: write it by hand", label)
	}
	return "", nil, errors.New("the algorithm of the key is not known")
}

// sameCurve tells whether a block of parameters names the curve of the key.
func (k *Key) sameCurve(l *text.Layout, parameters *text.Span) bool {
	ec, ok := k.signer.(*ecdsa.PrivateKey)
	if !ok {
		return false
	}
	walked, err := decode(parameters.Units)
	if err != nil {
		return false
	}
	oid, ok := map[string]asn1.ObjectIdentifier{
		"P-224": {1, 3, 132, 0, 33}, "P-256": {1, 2, 840, 10045, 3, 1, 7}, "P-384": {1, 3, 132, 0, 34}, "P-521": {1, 3, 132, 0, 35},
	}[ec.Curve.Params().Name]
	named, err := asn1.Marshal(oid)
	return ok && err == nil && bytes.Equal(walked, named)
}
