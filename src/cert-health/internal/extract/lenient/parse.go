package lenient

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"

	"cert-health/internal/der"
)

// Certificate is what could be read of a certificate.
type Certificate struct {
	// X509 has the names, dates, identifiers, key usages, name constraints, public key and
	// signature of the certificate. All else is empty. It refers to the bytes that were
	// read. Its public key is nil if Go has no use for it. Otherwise it is written in
	// RawSubjectPublicKeyInfo as Go writes it, whose digest is also that of the private key.
	X509 *x509.Certificate
	// KeyBits is the size of the public key, if that is known and X509 has no public key.
	KeyBits int
	// Refused says which programs refuse the certificate, and why.
	Refused string
}

// Parse reads a certificate from DER. The error is what crypto/x509 said when it refused
// it, nil if it was not asked: it is the reason where Parse finds no other. Parse fails
// with the same error on what does not have the structure of a certificate.
func Parse(encoded []byte, refused error) (Certificate, error) {
	r := reader{x: &x509.Certificate{}}
	if !r.split(encoded) {
		if refused == nil {
			refused = errStructure
		}
		return Certificate{}, refused
	}
	r.readVersion()
	r.readSerial()
	r.readAlgorithm()
	r.x.Subject = r.name("subject", r.subject)
	if r.x.Issuer = r.x.Subject; !bytes.Equal(r.issuer.whole, r.subject.whole) {
		r.x.Issuer = r.name("issuer", r.issuer)
	}
	if err := r.readValidity(); err != nil {
		return Certificate{}, fmt.Errorf("the certificate %s cannot be read: %w", quote(r.x.Subject.String()), err)
	}
	r.readKey()
	r.readExtensions()
	return Certificate{X509: r.x, KeyBits: r.keyBits, Refused: r.reasons(refused)}, nil
}

var errStructure = errors.New("malformed certificate")

// reader is the state of one Parse.
type reader struct {
	x        *x509.Certificate
	refusals []refusal
	keyBits  int

	// The parts of the certificate, in their order.
	version   element // zero if absent
	serial    element
	inner     element // the signature algorithm that is signed too
	issuer    element
	validity  element
	subject   element
	key       element
	rest      elements
	outer     element // the signature algorithm beside the signature
	signature element
}

// split finds the parts of a certificate. Only the outermost structure has to be well
// formed, and what stands behind the signed part may be absent.
func (r *reader) split(encoded []byte) bool {
	data := elements(encoded)
	whole, ok1 := data.take(der.Sequence)
	body := whole.contents
	signed, ok2 := body.take(der.Sequence)
	if !ok1 || !ok2 {
		return false
	}
	r.x.Raw, r.x.RawTBSCertificate = whole.whole, signed.whole
	r.outer, _ = body.take(der.Sequence)
	r.signature, _ = body.take(der.BitString)

	r.rest = signed.contents
	r.version, _ = r.rest.take(der.Context0)
	for _, part := range []struct {
		to  *element
		tag byte
	}{
		{&r.serial, der.Integer}, {&r.inner, der.Sequence}, {&r.issuer, der.Sequence},
		{&r.validity, der.Sequence}, {&r.subject, der.Sequence}, {&r.key, der.Sequence},
	} {
		var ok bool
		if *part.to, ok = r.rest.take(part.tag); !ok {
			return false
		}
	}
	r.x.RawIssuer, r.x.RawSubject = r.issuer.whole, r.subject.whole
	return true
}

// readVersion counts from 1, as people do. Later versions are read like version 3.
func (r *reader) readVersion() {
	r.x.Version = 1
	if r.version.whole == nil {
		return
	}
	number, ok := r.version.contents.take(der.Integer)
	version := number.integer()
	switch {
	case !ok || len(number.contents) != 1 || version.Sign() < 0:
		r.refuse(onlyGo, "its version cannot be read")
		r.x.Version = 3
	case version.Int64() > 2:
		r.refuse(onlyGo, "it says that its version is %d, and there are only 1 to 3", version.Int64()+1)
		r.x.Version = 3
	default:
		r.x.Version = int(version.Int64()) + 1
	}
}

func (r *reader) readSerial() {
	r.x.SerialNumber = r.serial.integer()
	switch {
	case len(r.serial.contents) == 0:
		r.refuse(allOf, "its serial number is empty")
	case r.serial.padded():
		r.refuse(openSSL, "its serial number has superfluous leading bytes")
	case r.x.SerialNumber.Sign() < 0:
		r.refuse(onlyGo, "its serial number is negative")
	}
}

// readAlgorithm reads how the certificate is signed. If both statements of the algorithm
// differ in more than its parameters, the algorithm is unknown.
func (r *reader) readAlgorithm() {
	inner, outer := r.inner.contents, r.outer.contents
	if !bytes.Equal(inner, outer) {
		r.refuse(onlyGo, "it states its signature algorithm twice, and the statements differ")
	}
	one, ok1 := inner.take(der.ObjectID)
	other, ok2 := outer.take(der.ObjectID)
	if ok1 && ok2 && bytes.Equal(one.whole, other.whole) {
		r.x.SignatureAlgorithm = signatureAlgorithm(one, inner)
	}
	bits, ok := r.signature.bits()
	if !ok {
		r.refuse(onlyGo, "its signature cannot be read")
		return
	}
	r.x.Signature = bits.RightAlign()
}

// positive reads an INTEGER that is greater than zero, of at most maxNumber bytes.
func positive(data *elements) (*big.Int, bool) {
	number, ok := data.take(der.Integer)
	if !ok || len(number.contents) > maxNumber || number.negative() {
		return nil, false
	}
	value := number.integer()
	return value, value.Sign() > 0
}

// maxNumber bounds the numbers of a public key: an RSA modulus of 64 Kbit.
const maxNumber = 8 << 10
