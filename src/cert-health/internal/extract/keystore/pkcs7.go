package keystore

import (
	"cert-health/internal/cert"
	"cert-health/internal/der"
)

// pkcs7 reads the certificates and revocation lists of a SignedData of RFC 5652. Other contents
// of PKCS #7, such as an encrypted message, have none.
func (o *opening) pkcs7(data []byte) error {
	info := der.NewReader(data).Enter(der.Sequence)
	if info.OID() != oidSignedData {
		return info.Err()
	}
	signed := info.Enter(der.Context0).Enter(der.Sequence)
	signed.Integer()          // the version
	signed.Take(der.Set)      // digest algorithms
	signed.Take(der.Sequence) // the signed data: none, in a bundle of certificates
	if signed.Peek() == der.Context0 {
		if err := o.bundle(signed.Enter(der.Context0)); err != nil {
			return err
		}
	}
	if signed.Peek() == der.Context0+1 {
		for lists := signed.Enter(der.Context0 + 1); lists.More(); {
			list := lists.Next()
			if list.Tag != der.Sequence {
				continue
			}
			if err := o.revocations(list.Whole); err != nil {
				return err
			}
		}
	}
	return signed.Err()
}

// bundle reads all certificates as one entry without an alias.
func (o *opening) bundle(certificates *der.Reader) error {
	var all []*cert.Certificate
	defer func() { o.contents.add(Entry{Kind: Loose, Certificates: all}) }()
	for certificates.More() {
		choice := certificates.Next()
		if choice.Tag != der.Sequence {
			continue // an attribute certificate, or an outdated kind of certificate
		}
		certificate, err := o.certificate(choice.Whole, "")
		if err != nil {
			return err
		}
		if certificate != nil {
			all = append(all, certificate)
		}
	}
	return nil
}
