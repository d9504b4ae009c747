package dercert

import (
	"bytes"
	"crypto/x509"

	"cert-health/internal/cert"
	"cert-health/internal/der"
)

// Parse reads one certificate from the start of encoded, and keeps nothing of that memory.
// It ignores what follows the certificate, because OpenSSL's TRUSTED CERTIFICATE appends
// data of its own.
func Parse(encoded []byte) (*cert.Certificate, error) {
	parsed, err := x509.ParseCertificate(first(encoded))
	if err != nil {
		return nil, err
	}
	return cert.New(parsed), nil
}

// version3 is how the signed part of a certificate of version 3 begins: [0] { INTEGER 2 }.
const version3 = "\xa0\x03\x02\x01\x02"

// Recognise tells whether a file begins like a certificate of version 3: a SEQUENCE that
// starts with a SEQUENCE that starts with an explicit version. Keys, key stores, revocation
// lists, requests and PKCS #7 differ in these first bytes.
func Recognise(head []byte) bool {
	if _, ok := size(head); !ok {
		return false
	}
	outer, _ := der.Within(head, der.Sequence)
	if _, ok := size(outer); !ok {
		return false
	}
	inner, _ := der.Within(outer, der.Sequence)
	return bytes.HasPrefix(inner, []byte(version3))
}

// size is the size of the SEQUENCE that data starts with, which may be larger than data.
func size(data []byte) (int, bool) {
	h, ok := der.ReadHeader(data)
	return h.Size + h.Length, ok && h.Tag == der.Sequence && h.Length != der.Indefinite
}

// first is the SEQUENCE that data starts with, or data if that is not one.
func first(data []byte) []byte {
	if n, ok := size(data); ok && n < len(data) {
		return data[:n]
	}
	return data
}
