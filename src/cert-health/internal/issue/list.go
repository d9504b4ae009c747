package issue

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"time"

	"cert-health/internal/cert"
)

// listLabel is the label of a revocation list in PEM.
const listLabel = "X509 CRL"

// listLifetime is how long a new list is valid, as safe has it: no one renews lists regularly.
const listLifetime = 10 * 365 * 24 * time.Hour

// ErrRevoked says that a certificate is on the list already.
var ErrRevoked = errors.New("it is revoked already")

// ParseList reads a revocation list in PEM.
func ParseList(text []byte) (*x509.RevocationList, error) {
	block, _ := pem.Decode(text)
	if block == nil || block.Type != listLabel {
		return nil, errors.New("it is not a revocation list in PEM (X509 CRL)")
	}
	list, err := x509.ParseRevocationList(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("it is not a valid revocation list: %w", err)
	}
	return list, nil
}

// ListPEM writes a revocation list as a secret holds it.
func ListPEM(list *x509.RevocationList) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: listLabel, Bytes: list.Raw})
}

// Revoke adds a certificate that the CA signed to its list, which is nil if there is none yet. The error wraps
// ErrRevoked if the certificate is on the list.
func Revoke(list *x509.RevocationList, c *x509.Certificate, reason Reason, by Signing) (*x509.RevocationList, error) {
	if err := by.checkList(list); err != nil {
		return nil, err
	}
	if own := cert.New(c); own.SignedBy(cert.New(by.CA)) != cert.Signed {
		return nil, fmt.Errorf("%s was not signed by the CA %s, which therefore cannot revoke it: %s", own.Name(), by.name(), "revoke it with its own CA ("+describe(own)+")")
	}
	if at := RevokedAt(list, c.SerialNumber); !at.IsZero() {
		return nil, fmt.Errorf("%s: %w since %s", nameOf(c), ErrRevoked, at.UTC().Format(time.RFC3339))
	}
	entry := x509.RevocationListEntry{SerialNumber: c.SerialNumber, RevocationTime: by.Now.UTC().Truncate(time.Second), ReasonCode: int(reason)}
	return by.list(list, entry)
}

// RenewList signs the list of a CA again, with new dates. It may be nil: the new list is then empty.
func RenewList(list *x509.RevocationList, by Signing) (*x509.RevocationList, error) {
	if err := by.checkList(list); err != nil {
		return nil, err
	}
	return by.list(list)
}

// RevokedAt is when a list revoked a serial number; zero if it did not. The list may be nil.
func RevokedAt(list *x509.RevocationList, serial *big.Int) time.Time {
	if list == nil {
		return time.Time{}
	}
	for _, entry := range list.RevokedCertificateEntries {
		if entry.SerialNumber.Cmp(serial) == 0 {
			return entry.RevocationTime
		}
	}
	return time.Time{}
}

// checkList tells why the CA cannot sign a list in place of this one.
func (by Signing) checkList(list *x509.RevocationList) error {
	if by.CA == nil {
		return errors.New("a revocation list needs its CA: this is a fault of the program")
	}
	if err := by.check(); err != nil {
		return err
	}
	switch {
	case by.CA.KeyUsage != 0 && by.CA.KeyUsage&x509.KeyUsageCRLSign == 0:
		return fmt.Errorf("the CA %s may not sign revocation lists: its key usages lack crl_sign, so renew it with that usage first", by.name())
	case list != nil && list.Issuer.String() != by.CA.Subject.String(): // safe encodes names again, so their bytes may differ
		return fmt.Errorf("the revocation list is that of %s and not of the CA %s: remove it, if it came there by mistake", list.Issuer, by.name())
	}
	return nil
}
