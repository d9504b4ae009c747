package dercert

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"strconv"

	"cert-health/internal/cert"
	"cert-health/internal/der"
	"cert-health/internal/extract/lenient"
)

// MaxSize is the size of the largest certificate that is read, in bytes. The largest in
// use, with hundreds of names, have some 30 KB.
const MaxSize = 1 << 20

var errTooLarge = errors.New("it is larger than " + strconv.Itoa(MaxSize>>20) + " MiB")

// Parse reads one certificate from the start of encoded, and keeps nothing of that memory.
// A certificate that crypto/x509 refuses is read all the same, and says so in Refused, unless
// the end of its validity cannot be read: then the error is lenient.ErrValidity. It ignores what
// follows the certificate, because OpenSSL's TRUSTED CERTIFICATE appends data of its own.
func Parse(encoded []byte) (*cert.Certificate, error) {
	encoded, err := one(encoded)
	if err != nil {
		return nil, err
	}
	parsed, err := x509.ParseCertificate(encoded)
	if err != nil {
		return parseRefused(encoded, err)
	}
	parsed.Subject, parsed.Issuer = bounded(parsed.Subject), bounded(parsed.Issuer)
	return cert.New(parsed), nil
}

// maxAttributes is how many attributes of a name are kept. To write a name takes time that grows
// with the square of their number.
const maxAttributes = 100

// bounded is the beginning of a name that has too many attributes.
func bounded(name pkix.Name) pkix.Name {
	if len(name.Names) <= maxAttributes {
		return name
	}
	var begin pkix.RDNSequence
	for _, attribute := range name.Names[:maxAttributes] {
		begin = append(begin, pkix.RelativeDistinguishedNameSET{attribute})
	}
	name = pkix.Name{}
	name.FillFromRDNSequence(&begin)
	return name
}

// parseRefused reads a certificate that crypto/x509 refused with this error.
func parseRefused(encoded []byte, refused error) (*cert.Certificate, error) {
	read, err := lenient.Parse(encoded, refused)
	if err != nil {
		return nil, err
	}
	c := cert.New(read.X509)
	c.Refused = read.Refused
	if c.KeyBits == 0 {
		c.KeyBits = read.KeyBits
	}
	return c, nil
}

// Reason says why a certificate could not be read.
func Reason(err error) string {
	if errors.Is(err, lenient.ErrValidity) || errors.Is(err, errTooLarge) {
		return err.Error()
	}
	return "it is not a certificate: " + err.Error()
}

// version is how the signed part of a certificate begins that states its version: [0] { INTEGER }.
const version = "\xa0\x03\x02\x01"

// Recognise tells whether a file begins like a certificate: a SEQUENCE that starts with a SEQUENCE.
// The inner one starts with a version, or has the parts of a certificate of version 1. Keys, key
// stores, revocation lists, requests and PKCS #7 differ in these first bytes.
func Recognise(head []byte) bool {
	if _, ok := size(head); !ok {
		return false
	}
	outer, _ := der.Within(head, der.Sequence)
	if _, ok := size(outer); !ok {
		return false
	}
	inner, _ := der.Within(outer, der.Sequence)
	return bytes.HasPrefix(inner, []byte(version)) || version1(inner)
}

// version1 tells whether the signed part of a certificate begins that has no version: serial
// number, algorithm, issuer, and the two times of the validity. A revocation list has one time in
// place of the two; a request has no algorithm.
func version1(signed []byte) bool {
	if len(signed) == 0 || signed[0] != der.Integer {
		return false
	}
	r := der.NewReader(signed)
	r.Take(der.Integer)
	if algorithm := r.Take(der.Sequence); len(algorithm.Body) == 0 || algorithm.Body[0] != der.ObjectID {
		return false
	}
	r.Take(der.Sequence)
	next := r.Enter(der.Sequence).Peek()
	return r.Err() == nil && (next == der.UTCTime || next == der.GeneralizedTime)
}

// size is the size of the SEQUENCE that data starts with, which may be larger than data.
func size(data []byte) (int, bool) {
	h, ok := der.ReadHeader(data)
	return h.Size + h.Length, ok && h.Tag == der.Sequence && h.Length != der.Indefinite
}

// one is the SEQUENCE that data starts with, or data if that is not one. The error is
// errTooLarge.
func one(data []byte) ([]byte, error) {
	if n, ok := size(data); ok && n < len(data) {
		data = data[:n]
	}
	if len(data) > MaxSize {
		return nil, errTooLarge
	}
	return data, nil
}
