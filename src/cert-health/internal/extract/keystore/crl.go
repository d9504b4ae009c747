package keystore

import (
	"crypto/x509"
	"errors"
	"fmt"

	"cert-health/internal/budget"
	"cert-health/internal/cert"
	"cert-health/internal/der"
)

// ParseCRL reads one list from DER.
//
// The revoked certificates are cut out before crypto/x509 reads the list, because crypto/x509
// needs 400 bytes of memory for each of them. The signature is not verified. Therefore, a
// list of version 1, which `openssl ca` writes and crypto/x509 refuses, can be read as one of
// version 2.
func ParseCRL(encoded []byte) (cert.CRL, error) {
	short, err := withoutRevoked(encoded)
	if err != nil {
		return cert.CRL{}, err
	}
	list, err := x509.ParseRevocationList(short)
	if err != nil {
		return cert.CRL{}, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return cert.CRL{
		Issuer:     list.Issuer.String(),
		ThisUpdate: list.ThisUpdate,
		NextUpdate: list.NextUpdate,
		Number:     list.Number,
	}, nil
}

// bytesOfOne is how many bytes of an issuer count as one list. A usual name has 100.
const bytesOfOne = 1 << 10

// ReadCRL is ParseCRL at the expense of an account, for which a list counts as a certificate.
func ReadCRL(encoded []byte, account *budget.Account) (cert.CRL, error) {
	if !account.Spend(budget.Certificates, 1) {
		return cert.CRL{}, budget.ErrRefused
	}
	list, err := ParseCRL(encoded)
	if err == nil && !account.Spend(budget.Certificates, len(list.Issuer)/bytesOfOne) {
		return cert.CRL{}, budget.ErrRefused
	}
	return list, err
}

// versionTwo is the encoding of the version number of version 2.
const versionTwo = "\x02\x01\x01"

// withoutRevoked is the list without the revoked certificates.
func withoutRevoked(encoded []byte) ([]byte, error) {
	list := der.NewReader(encoded).Enter(der.Sequence)
	signed := list.Enter(der.Sequence)
	kept := []byte(versionTwo)
	if signed.Peek() == der.Integer {
		kept = nil
	}
	for seen := 0; signed.More(); {
		part := signed.Next()
		// After the times, the only sequence is the one of revoked certificates.
		if part.Tag == der.UTCTime || part.Tag == der.GeneralizedTime {
			seen++
		}
		if part.Tag == der.Sequence && seen > 0 {
			continue
		}
		if kept = append(kept, part.Whole...); len(kept) > maxCRLHeader {
			return nil, fmt.Errorf("%w: its header is larger than %d KiB", ErrLimit, maxCRLHeader>>10)
		}
	}
	signature := list.Rest()
	if err := list.Err(); err != nil || len(signature) == 0 {
		return nil, firstError(err, errors.New("its signature is missing"))
	}
	return der.Append(nil, der.Sequence, append(der.Append(nil, der.Sequence, kept), signature...)), nil
}

// revocations adds a revocation list, or a broken one.
func (o *opening) revocations(encoded []byte) error {
	if err := o.look(1); err != nil {
		return err
	}
	list, err := ReadCRL(encoded, o.account)
	if errors.Is(err, budget.ErrRefused) {
		return err
	}
	if err != nil {
		o.contents.broken(Broken{Reason: "it is not a revocation list: " + err.Error()})
		return nil
	}
	o.contents.CRLs = append(o.contents.CRLs, list)
	return nil
}
