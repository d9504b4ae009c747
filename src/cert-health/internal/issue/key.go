package issue

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"

	"cert-health/internal/cert"
)

// Key is a private key. Every verb of package fmt and every encoding shows stars; only PEM shows the key. It is
// behind a pointer for the reasons of secret.Value. The zero value is no key.
type Key struct{ held *held }

// held is a private key and how it is written.
type held struct {
	signer crypto.Signer
	form   form
}

// form is how a key is written.
type form struct {
	label      string // of its PEM block
	parameters []byte // of its curve, which OpenSSL writes in front of it; they are public
}

// The labels of private keys without a password.
const (
	pkcs1 = "RSA PRIVATE KEY"
	sec1  = "EC PRIVATE KEY"
	pkcs8 = "PRIVATE KEY"
)

// parametersLabel is the label of the parameters of a curve.
const parametersLabel = "EC PARAMETERS"

// errNoKey says what ParseKey takes. No error quotes what was read.
var errNoKey = errors.New("it is not a private key in PEM without a password: write one key, as PKCS #1, SEC 1 or PKCS #8")

// ParseKey reads a private key in PEM and remembers how it is written. The caller wipes text.
func ParseKey(text []byte) (Key, error) {
	found := Key{}
	var parameters []byte
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		switch {
		case block.Type == parametersLabel:
			parameters = bytes.Clone(block.Bytes)
			continue
		case block.Type != pkcs1 && block.Type != sec1 && block.Type != pkcs8:
			continue // a certificate may stand beside it
		}
		signer := parseSigner(block)
		clear(block.Bytes)
		if signer == nil || found.held != nil {
			return Key{}, errNoKey
		}
		found = Key{&held{signer, form{block.Type, parameters}}}
		parameters = nil
	}
	if found.held == nil {
		return Key{}, errNoKey
	}
	return found, nil
}

// parseSigner returns nil for what is not a key. Its label says how it is written, but programs
// confuse them.
func parseSigner(block *pem.Block) crypto.Signer {
	if len(block.Headers) > 0 { // it is encrypted
		return nil
	}
	for _, parse := range []func([]byte) (any, error){
		func(der []byte) (any, error) { return x509.ParsePKCS1PrivateKey(der) },
		func(der []byte) (any, error) { return x509.ParseECPrivateKey(der) },
		x509.ParsePKCS8PrivateKey,
	} {
		key, err := parse(block.Bytes)
		if err != nil {
			continue
		}
		switch key := key.(type) {
		case *rsa.PrivateKey:
			return key
		case *ecdsa.PrivateKey:
			return key
		case ed25519.PrivateKey:
			return key
		}
	}
	return nil
}

// PEM writes the key as it was read. The caller wipes the text.
func (k Key) PEM() ([]byte, error) {
	if k.IsZero() {
		return nil, errNoKey
	}
	encoded, err := k.held.encode()
	defer clear(encoded)
	if err != nil {
		return nil, fmt.Errorf("encode the private key as %s: %w", k.held.form.label, err)
	}
	var text []byte
	if k.held.form.parameters != nil {
		text = pem.EncodeToMemory(&pem.Block{Type: parametersLabel, Bytes: k.held.form.parameters})
	}
	return append(text, pem.EncodeToMemory(&pem.Block{Type: k.held.form.label, Bytes: encoded})...), nil
}

func (h *held) encode() ([]byte, error) {
	switch key := h.signer.(type) {
	case *rsa.PrivateKey:
		if h.form.label == pkcs1 {
			return x509.MarshalPKCS1PrivateKey(key), nil
		}
	case *ecdsa.PrivateKey:
		if h.form.label == sec1 {
			return x509.MarshalECPrivateKey(key)
		}
	}
	return x509.MarshalPKCS8PrivateKey(h.signer)
}

// IsZero tells whether there is no key.
func (k Key) IsZero() bool { return k.held == nil }

// Public is the public half; nil without a key.
func (k Key) Public() crypto.PublicKey {
	if k.IsZero() {
		return nil
	}
	return k.held.signer.Public()
}

// Matches tells whether the key is that of a certificate.
func (k Key) Matches(c *x509.Certificate) bool {
	own, comparable := k.Public().(interface{ Equal(crypto.PublicKey) bool })
	return comparable && own.Equal(c.PublicKey)
}

// Digest is the digest of the public half, as a certificate states it; zero without a key.
func (k Key) Digest() cert.KeyDigest { return digestOf(k.Public()) }

// Format hides the key from every verb of package fmt.
func (k Key) Format(state fmt.State, _ rune) { _, _ = state.Write([]byte("***")) }

// String hides the key.
func (k Key) String() string { return "***" }

// MarshalText hides the key from JSON, structured logs and other encodings.
func (k Key) MarshalText() ([]byte, error) { return []byte("***"), nil }

// MarshalYAML hides the key from YAML.
func (k Key) MarshalYAML() (any, error) { return "***", nil }
