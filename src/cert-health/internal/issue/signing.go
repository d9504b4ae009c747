package issue

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"math/big"
	"time"

	"cert-health/internal/cert"
)

// Signing says who signs, and when.
type Signing struct {
	CA     *x509.Certificate // nil: the certificate signs itself
	Key    Key               // of the CA; not used if the certificate signs itself with a key that is given too
	Serial *big.Int          // of the new certificate, by NextSerial; not used for lists
	Now    time.Time
	Random io.Reader
}

// backdate is how long before the present a validity begins: the clocks of other machines may be behind.
const backdate = 5 * time.Minute

// name names the CA for people.
func (by Signing) name() string {
	if by.CA == nil {
		return "the certificate itself"
	}
	return nameOf(by.CA)
}

// nameOf names a certificate for people.
func nameOf(x *x509.Certificate) string { return cert.New(x).Name() }

// check tells why the CA cannot sign a certificate. CheckSigner says more, about what is known of it elsewhere.
func (by Signing) check() error {
	switch {
	case by.Key.IsZero():
		return errors.New("the private key of the CA is missing: give the secret that holds both")
	case by.Random == nil:
		return errors.New("no source of randomness is given: this is a fault of the program")
	case by.CA == nil:
		return nil
	case !by.Key.Matches(by.CA):
		return fmt.Errorf("the private key does not belong to the CA %s: give the secret that holds both", by.name())
	}
	return CheckSigner(Candidate{Certificate: cert.New(by.CA)}, by.Now)
}

// sign makes the certificate of a template whose dates, serial number and signature algorithm are set here.
// public is its key.
func (by Signing) sign(template *x509.Certificate, key any, span span) (*x509.Certificate, error) {
	if by.Serial == nil || by.Serial.Sign() <= 0 || by.Serial.BitLen() > maxSerialBits {
		return nil, errors.New("the serial number must be positive and have 20 bytes at most: this is a fault of the program")
	}
	var err error
	template.SerialNumber = by.Serial
	template.NotBefore, template.NotAfter, err = by.dates(span)
	if err != nil {
		return nil, err
	}
	template.SignatureAlgorithm = by.algorithm(template.SignatureAlgorithm)
	parent := by.CA
	if parent == nil {
		parent = &x509.Certificate{RawSubject: template.RawSubject, Subject: template.Subject}
	}
	encoded, err := x509.CreateCertificate(by.Random, template, parent, key, by.Key.held.signer)
	if err != nil {
		return nil, fmt.Errorf("sign by %s: %w", by.name(), err)
	}
	made, err := x509.ParseCertificate(encoded)
	if err != nil {
		return nil, fmt.Errorf("read the new certificate again: %w", err)
	}
	return made, by.verify(made)
}

// verify tells whether the new certificate is what other programs accept.
func (by Signing) verify(made *x509.Certificate) error {
	own, ca := cert.New(made), by.CA
	if ca == nil {
		if made.CheckSignature(made.SignatureAlgorithm, made.RawTBSCertificate, made.Signature) != nil {
			return fmt.Errorf("the signature of %s on itself is not valid: this is a fault of the program", own.Name())
		}
		return nil
	}
	signer := cert.New(ca)
	if own.SignedBy(signer) != cert.Signed {
		return fmt.Errorf("the signature of %s on %s is not valid: this is a fault of the program", by.name(), own.Name())
	}
	if name := signer.ForbiddenName(own); name != "" {
		return fmt.Errorf("the CA %s may not sign for the name %s, by its name constraints: leave out the name, or use another CA", by.name(), name)
	}
	return nil
}
