package issue

import (
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"slices"

	"cert-health/internal/cert"
)

// inherited are the extensions of a successor with this public key.
func inherited(old *x509.Certificate, public any, by Signing) (extensions, error) {
	kept, own := extensions(slices.Clone(old.Extensions)), old.SubjectKeyId
	if len(own) > 0 && !samePublic(old, public) {
		id, err := keyID(public)
		if err != nil {
			return nil, err
		}
		value, err := asn1.Marshal(id)
		if err != nil {
			return nil, fmt.Errorf("encode a key identifier: %w", err)
		}
		own, kept = id, kept.set(oidSubjectKeyID, value)
	}
	kept, err := kept.signedBy(own, by)
	if err != nil || old.Version >= 3 || !cert.New(old).CA {
		return kept, err
	}
	return kept.ofCA()
}

func samePublic(old *x509.Certificate, public any) bool {
	key, known := old.PublicKey.(interface{ Equal(crypto.PublicKey) bool })
	return known && key.Equal(public)
}

// signedBy makes the identifier of the signer's key that of the signer. own is the identifier of the certificate's own
// key; a certificate that signs itself states it only if it did before.
func (list extensions) signedBy(own []byte, by Signing) (extensions, error) {
	signer := own
	if by.CA != nil {
		signer = by.CA.SubjectKeyId
	}
	switch {
	case len(signer) == 0:
		return list.without(oidAuthorityKeyID), nil
	case by.CA == nil && list.find(oidAuthorityKeyID) < 0:
		return list, nil
	}
	value, err := authorityKeyID(signer)
	if err != nil {
		return nil, fmt.Errorf("encode a key identifier: %w", err)
	}
	return list.set(oidAuthorityKeyID, value), nil
}

// ofCA makes a certificate of version 3 a CA. One of version 1 that signed itself is a CA without extensions.
func (list extensions) ofCA() (extensions, error) {
	value, err := asn1.Marshal(struct {
		CA bool `asn1:"optional"`
	}{true})
	if err != nil {
		return nil, fmt.Errorf("encode an extension: %w", err)
	}
	list = list.set(oidBasicConstraints, value)
	list[list.find(oidBasicConstraints)].Critical = true
	return list, nil
}
