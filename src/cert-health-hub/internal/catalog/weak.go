package catalog

import (
	"crypto/x509"
	"fmt"
	"strings"

	"cert-health/hub/internal/inventory"
	"cert-health/internal/verdict"
)

// minRSABits is what public CAs and current TLS libraries require.
const minRSABits = 2048

// weakness finds properties that TLS libraries refuse. They are one finding.
func (v *View) weakness(e *Entry) (f Finding, weak bool) {
	var messages []string
	if e.Refused != "" {
		messages = append(messages, e.Refused)
	}
	if weakSignature(e) {
		messages = append(messages, fmt.Sprintf("it is signed with %s", e.SignatureAlgorithm))
	}
	if e.KeyAlgorithm == x509.RSA && e.KeyBits > 0 && e.KeyBits < minRSABits {
		messages = append(messages, fmt.Sprintf("its RSA key has %d bits", e.KeyBits))
	}
	if len(messages) == 0 {
		return Finding{}, false
	}
	return Finding{Finding: inventory.Finding{
		Code: inventory.Code(verdict.Weak), Severity: verdict.Warning, Certificate: e.ID,
		Message: strings.Join(messages, "; "), Why: "current TLS libraries refuse it",
		Steps: append([]verdict.Step{verdict.Do("reissue it with a key of RSA 2048 or ECDSA P-256 and SHA-256:")}, v.steps(e, reissuing)...),
	}}, true
}

// weakSignature tells whether the signature can be forged. No program verifies the signature of a
// root on itself.
func weakSignature(e *Entry) bool {
	switch e.SignatureAlgorithm {
	case x509.MD2WithRSA, x509.MD5WithRSA, x509.SHA1WithRSA, x509.DSAWithSHA1, x509.ECDSAWithSHA1:
		return !e.CA || !e.SelfSigned
	}
	return false
}
