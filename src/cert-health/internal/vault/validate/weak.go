package validate

import (
	"crypto/x509"
	"fmt"

	"cert-health/internal/cert"
	"cert-health/internal/verdict"
)

// minRSABits is what current TLS libraries require.
const minRSABits = 2048

// weak finds properties of the certificate that programs refuse.
func (j *judge) weak(s *Secret) []Finding {
	own := s.Main()
	if own == nil {
		return nil
	}
	var found []Finding
	add := func(message string, steps []verdict.Step) {
		found = append(found, Finding{Code: Weak, Severity: verdict.Warning, Message: message, Steps: steps})
	}
	if own.Refused != "" {
		add(own.Refused, s.replacement())
	}
	if own.KeyAlgorithm == x509.RSA && own.KeyBits < minRSABits {
		add(fmt.Sprintf("its RSA key has %d bits, and current TLS libraries refuse fewer than %d", own.KeyBits, minRSABits), s.replacement())
	}
	if weakSignature(own) {
		add(fmt.Sprintf("it is signed with %s, which current TLS libraries refuse", own.SignatureAlgorithm), s.successor(own))
	}
	if !own.CA && len(own.SANs) == 0 && own.ServerAuth() && !own.ClientAuth() {
		add("it has no subject alternative name, so Go programs and browsers refuse it", s.named(own))
	}
	return found
}

func (s *Secret) named(c *cert.Certificate) []verdict.Step {
	if !s.inLayout() || c.CommonName == "" || s.unrenewable(c) {
		return s.replacement()
	}
	return command(s, "renew", "--name", c.CommonName)
}

// weakSignature tells whether programs refuse the signature. No program verifies that of a root on itself.
func weakSignature(c *cert.Certificate) bool {
	switch c.SignatureAlgorithm {
	case x509.MD2WithRSA, x509.MD5WithRSA, x509.SHA1WithRSA, x509.DSAWithSHA1, x509.ECDSAWithSHA1:
		return !c.CA || !c.SelfSigned()
	}
	return false
}
