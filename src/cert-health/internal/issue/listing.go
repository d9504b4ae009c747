package issue

import (
	"crypto/x509"
	"fmt"
	"math/big"
	"strings"
	"time"
)

// list makes the successor of a list, with more entries. Existing entries keep their dates, reasons and extensions.
func (by Signing) list(old *x509.RevocationList, more ...x509.RevocationListEntry) (*x509.RevocationList, error) {
	issuer, err := by.listIssuer()
	if err != nil {
		return nil, err
	}
	now := by.Now.UTC().Truncate(time.Second)
	template := &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: now.Add(-backdate), NextUpdate: now.Add(listLifetime)}
	if old != nil {
		template.SignatureAlgorithm = by.algorithm(old.SignatureAlgorithm)
		template.ExtraExtensions = extensions(old.Extensions).without(oidAuthorityKeyID, oidCRLNumber, oidDeltaCRL)
		if old.Number != nil {
			template.Number.Add(template.Number, old.Number)
		}
		if whole := old.NextUpdate.Sub(old.ThisUpdate); !old.NextUpdate.IsZero() && whole > backdate {
			template.NextUpdate = template.ThisUpdate.Add(whole)
		}
		for _, entry := range old.RevokedCertificateEntries {
			entry.ExtraExtensions = extensions(entry.Extensions).without(oidReason)
			template.RevokedCertificateEntries = append(template.RevokedCertificateEntries, entry)
		}
	}
	template.RevokedCertificateEntries = append(template.RevokedCertificateEntries, more...)
	encoded, err := x509.CreateRevocationList(by.Random, template, issuer, by.Key.held.signer)
	if err != nil {
		return nil, fmt.Errorf("sign the revocation list of %s: %w", by.name(), err)
	}
	made, err := x509.ParseRevocationList(encoded)
	if err != nil {
		return nil, fmt.Errorf("read the new revocation list again: %w", err)
	}
	if err := made.CheckSignatureFrom(issuer); err != nil {
		return nil, fmt.Errorf("check the new revocation list of %s: %w", by.name(), err)
	}
	return made, nil
}

// listIssuer is the CA as crypto/x509 wants it: a CA without key usages may do everything, and a CA need not have an
// identifier of its key.
func (by Signing) listIssuer() (*x509.Certificate, error) {
	issuer := *by.CA
	if issuer.KeyUsage == 0 {
		issuer.KeyUsage = x509.KeyUsageCRLSign
	}
	if len(issuer.SubjectKeyId) == 0 {
		id, err := keyID(issuer.PublicKey)
		if err != nil {
			return nil, err
		}
		issuer.SubjectKeyId = id
	}
	return &issuer, nil
}

// Reason is why a certificate is revoked, as RFC 5280 numbers it.
type Reason int

// reasons are the words for reasons.
var reasons = map[string]Reason{"unspecified": 0, "key_compromise": 1, "ca_compromise": 2, "affiliation_changed": 3, "superseded": 4, "cessation_of_operation": 5, "privilege_withdrawn": 9}

// Reasons are the words that ParseReason takes.
func Reasons() []string {
	return []string{"unspecified", "key_compromise", "ca_compromise", "affiliation_changed", "superseded", "cessation_of_operation", "privilege_withdrawn"}
}

// ParseReason reads why a certificate is revoked.
func ParseReason(word string) (Reason, error) {
	reason, known := reasons[strings.NewReplacer("-", "_", " ", "_").Replace(strings.ToLower(word))]
	if !known {
		return 0, fmt.Errorf("%q is not a reason for a revocation: use %s", word, strings.Join(Reasons(), ", "))
	}
	return reason, nil
}
