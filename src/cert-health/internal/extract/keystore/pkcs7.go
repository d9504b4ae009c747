package keystore

import "cert-health/internal/cert"

// pkcs7 reads the certificates and revocation lists of a SignedData of RFC 5652. A text
// may hold other content of it, an encrypted letter say, in which there are none.
func (o *opening) pkcs7(data []byte, line int) error {
	info := newReader(data).enter(tagSequence)
	if info.oid() != oidSignedData {
		return info.err()
	}
	signed := info.enter(tagField0).enter(tagSequence)
	signed.integer()         // the version
	signed.take(tagSet)      // digest algorithms
	signed.take(tagSequence) // what is signed: nothing, in a bundle of certificates
	if signed.peek() == tagField0 {
		if err := o.bundle(signed.enter(tagField0), line); err != nil {
			return err
		}
	}
	if signed.peek() == tagField0+1 {
		for lists := signed.enter(tagField0 + 1); lists.more(); {
			list := lists.next()
			if list.tag != tagSequence {
				continue
			}
			if err := o.revocations(list.whole, line); err != nil {
				return err
			}
		}
	}
	return signed.err()
}

// bundle reads one entry without an alias: certificates as they follow each other.
func (o *opening) bundle(certificates *reader, line int) error {
	var all []*cert.Certificate
	defer func() { o.contents.add(Entry{Kind: Loose, Line: line, Certificates: all}) }()
	for certificates.more() {
		choice := certificates.next()
		if choice.tag != tagSequence {
			continue // an attribute certificate, or what X.509 replaced
		}
		certificate, err := o.certificate(choice.whole, "")
		if err != nil {
			return err
		}
		if certificate != nil {
			all = append(all, certificate)
		}
	}
	return nil
}
