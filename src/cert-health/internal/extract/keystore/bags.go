package keystore

import (
	"unicode/utf16"

	"cert-health/internal/cert"
	"cert-health/internal/der"
)

// bag is a certificate of a PKCS #12 store with its attributes.
type bag struct {
	certificate *cert.Certificate
	alias       string
	keyed       bool // it belongs to a private key
	trusted     bool // it has Java's mark
}

// certBag reads what follows the identifier of a bag. A bag without an X.509 certificate is
// skipped.
func (s *safeReader) certBag(content *der.Reader) error {
	value := content.Enter(der.Context0).Enter(der.Sequence)
	if value.OID() != oidX509Certificate {
		return content.Err()
	}
	encoded := value.Enter(der.Context0).Bytes(der.OctetString)
	var b bag
	if content.More() {
		b.attributes(content.Enter(der.Set))
	}
	if err := content.Err(); err != nil {
		return err
	}
	var err error
	if b.certificate, err = s.certificate(encoded, b.alias); b.certificate != nil {
		s.bags = append(s.bags, b)
	}
	return err
}

func (b *bag) attributes(set *der.Reader) {
	for set.More() {
		attribute := set.Enter(der.Sequence)
		oid := attribute.OID()
		values := attribute.Enter(der.Set)
		switch oid {
		case oidFriendlyName:
			b.alias = friendlyName(values)
		case oidLocalKeyID:
			b.keyed = true
		case oidTrustedKeyUsage:
			b.trusted = true
		}
	}
}

// friendlyName is a BMPString by the RFC. Other strings are read as UTF-8.
func friendlyName(values *der.Reader) string {
	value := values.Next()
	if value.Tag != der.BMPString {
		return short(value.Body)
	}
	encoded := value.Body[:min(len(value.Body), 2*MaxAlias+2)&^1]
	units := make([]uint16, len(encoded)/2)
	for i := range units {
		units[i] = uint16(encoded[2*i])<<8 | uint16(encoded[2*i+1])
	}
	return short([]byte(string(utf16.Decode(units))))
}

func (b bag) entry(kind EntryKind) Entry {
	return Entry{Alias: b.alias, Kind: kind, Certificates: []*cert.Certificate{b.certificate}}
}

// assemble makes entries of bags. It finds the chain of a key as Java does, by the names of
// the issuers. Several certificates with the same name, as during the rotation of a CA, all
// belong to the chain.
func (o *opening) assemble(bags []bag) error {
	issuers := map[string][]*cert.Certificate{}
	for _, b := range bags {
		if !b.keyed && !b.trusted {
			issuers[b.certificate.Subject] = append(issuers[b.certificate.Subject], b.certificate)
		}
	}
	var err error
	o.looked = 0 // from here on, placements are counted
	placed := map[*cert.Certificate]bool{}
	for _, b := range bags {
		switch {
		case b.trusted:
			o.contents.add(b.entry(Trusted))
		case b.keyed:
			entry := b.entry(Key)
			if err == nil {
				entry.Certificates, err = o.chain(b.certificate, issuers)
			}
			o.contents.add(entry)
			for _, certificate := range entry.Certificates {
				placed[certificate] = true
			}
		}
	}
	for _, b := range bags {
		if !b.keyed && !b.trusted && !placed[b.certificate] {
			o.contents.add(b.entry(Loose))
		}
	}
	return err
}

// chain collects a certificate and its issuers, upwards. A certificate in several chains
// counts each time.
func (o *opening) chain(own *cert.Certificate, issuers map[string][]*cert.Certificate) ([]*cert.Certificate, error) {
	chain := []*cert.Certificate{own}
	taken := map[string]bool{}
	for i := 0; i < len(chain); i++ {
		name := chain[i].Issuer
		if taken[name] {
			continue
		}
		taken[name] = true
		if err := o.look(len(issuers[name])); err != nil {
			return chain, err
		}
		chain = append(chain, issuers[name]...)
	}
	return chain, nil
}
