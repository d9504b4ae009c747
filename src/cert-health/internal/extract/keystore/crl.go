package keystore

import (
	"crypto/x509"
	"errors"
	"fmt"

	"cert-health/internal/cert"
	"cert-health/internal/der"
)

// ParseCRL reads one list from DER.
//
// The revoked certificates are cut out before crypto/x509 reads it, which would make
// 400 bytes of memory of each of them. Its signature is not verified, so that a list of
// the first version, which `openssl ca` writes and crypto/x509 refuses, passes for one of
// the second, too.
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

// versionTwo is how the second version is written.
const versionTwo = "\x02\x01\x01"

// withoutRevoked is the list as if nothing was revoked.
func withoutRevoked(encoded []byte) ([]byte, error) {
	list := der.NewReader(encoded).Enter(der.Sequence)
	signed := list.Enter(der.Sequence)
	kept := []byte(versionTwo)
	if signed.Peek() == der.Integer {
		kept = nil
	}
	for seen := 0; signed.More(); {
		part := signed.Next()
		// Behind the times, the only sequence is that of the revoked.
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

// revocations takes a list up, or what is wrong with it.
func (o *opening) revocations(encoded []byte) error {
	if err := o.look(1); err != nil {
		return err
	}
	list, err := ParseCRL(encoded)
	if err != nil {
		o.contents.broken(Broken{Reason: "it is not a revocation list: " + err.Error()})
		return nil
	}
	o.contents.CRLs = append(o.contents.CRLs, list)
	return nil
}
