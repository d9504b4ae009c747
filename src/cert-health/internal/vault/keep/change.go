package keep

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"math/big"
)

// Change is what becomes of a secret. What it does not name stays as it is.
type Change struct {
	Certificate *x509.Certificate // nil: it stays
	// Chain replaces certificates of the chain by their successors, by fingerprint.
	Chain map[[sha256.Size]byte]*x509.Certificate
	// Behind is the chain of a certificate in a secret that has no certificate yet, or with Whole.
	Behind []*x509.Certificate
	Whole  bool     // the certificate has nothing in common with the old one: its chain and the form of combined are new
	Key    []byte   // PEM; nil: it stays. Apply keeps nothing of it.
	Serial *big.Int // nil: it stays
	CRL    []byte   // DER; nil: it stays
}

// Apply returns the secret as it is after the change. The caller wipes both.
func (s *Secret) Apply(c Change) *Secret {
	after := &Secret{Mount: s.Mount, Path: s.Path, values: s.values.Clone()}
	after.values.Exists = true
	switch {
	case c.Certificate == nil:
	case !s.Exists() || !s.Has(CertificateKey) || c.Whole:
		after.values.SetText(CertificateKey, c.fresh())
	default:
		s.replace(after, c)
	}
	if c.Key != nil {
		after.values.SetText(PrivateKey, c.Key)
	}
	if c.Certificate != nil {
		s.combine(after, c)
	}
	if c.Serial != nil {
		after.values.SetText(SerialKey, []byte(c.Serial.Text(16)))
	}
	if c.CRL != nil {
		after.values.SetText(CRLKey, armour(crlType, c.CRL))
	}
	return after
}

// fresh is the text of a certificate with its chain.
func (c *Change) fresh() []byte {
	text := armour(certificateType, c.Certificate.Raw)
	for _, behind := range c.Behind {
		text = append(text, armour(certificateType, behind.Raw)...)
	}
	return text
}

// replace puts the certificate in the place of the first one, and successors in the chain.
func (s *Secret) replace(after *Secret, c Change) {
	text := s.values.Text(CertificateKey)
	defer clear(text)
	first := true
	out := rewrite(text, func(b *pem.Block) []byte {
		switch {
		case b.Type != certificateType:
			return nil
		case first:
			first = false
			return armour(certificateType, c.Certificate.Raw)
		}
		return c.successor(b)
	})
	defer clear(out)
	if first { // no certificate was in it
		out = c.fresh()
	}
	after.values.SetText(CertificateKey, out)
}

// successor is the text of the certificate that replaces one of the chain; nil: it stays.
func (c *Change) successor(b *pem.Block) []byte {
	if next := c.Chain[sha256.Sum256(b.Bytes)]; next != nil {
		return armour(certificateType, next.Raw)
	}
	return nil
}

// combine rewrites `combined` in the form that it had: the same blocks in the same order. A secret with a certificate
// and without `combined` gets none. One that is new gets what safe writes.
func (s *Secret) combine(after *Secret, c Change) {
	certificate, key := after.values.Text(CertificateKey), after.values.Text(PrivateKey)
	text := s.values.Text(CombinedKey)
	defer clear(certificate)
	defer clear(key)
	defer clear(text)
	switch {
	case text == nil && s.Exists() && s.Has(CertificateKey) && !c.Whole:
		return
	case text != nil && !c.Whole:
		if out, whole := s.recombine(text, key, c); whole {
			after.values.SetText(CombinedKey, out)
			clear(out)
			return
		}
	}
	both := make([]byte, 0, len(certificate)+len(key)+1)
	both = append(both, certificate...)
	if !bytes.HasSuffix(both, []byte("\n")) {
		both = append(both, '\n')
	}
	both = append(both, key...)
	after.values.SetText(CombinedKey, both)
	clear(both)
}

// recombine replaces the old certificate, the old key and certificates of the chain. It is not whole if the text does
// not have the old certificate and a key: then its form is not known.
func (s *Secret) recombine(text, key []byte, c Change) (out []byte, whole bool) {
	old, err := s.Chain()
	if err != nil {
		return nil, false
	}
	certified, keyed := false, false
	out = rewrite(text, func(b *pem.Block) []byte {
		switch {
		case b.Type == certificateType && bytes.Equal(b.Bytes, old[0].Raw):
			certified = true
			return armour(certificateType, c.Certificate.Raw)
		case b.Type == certificateType:
			return c.successor(b)
		case !isKey(b) || c.Key == nil:
			keyed = keyed || isKey(b)
			return nil
		case keyed || b.Type == "EC PARAMETERS":
			return []byte{}
		}
		keyed = true
		return key
	})
	if !certified || !keyed {
		clear(out)
		return nil, false
	}
	return out, true
}
