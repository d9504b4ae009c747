package issue

import (
	"crypto/x509"
	"errors"
	"fmt"
	"time"
)

// Changes are the differences of a successor. A zero value changes nothing.
type Changes struct {
	Subject   *Subject
	Names     []string // replace all alternative names
	Usages    []string // replace all key usages: the words of Usages, or none
	Lifetime  time.Duration
	Algorithm x509.SignatureAlgorithm
}

// Renew makes a successor with the same key. It keeps all extensions, known and unknown ones, byte for byte; only
// the identifier of the signer's key is that of the signer. The signature algorithm stays if it is sound for the key
// that signs.
func Renew(old *x509.Certificate, c Changes, by Signing) (*x509.Certificate, error) {
	if by.CA == nil && !by.Key.Matches(old) {
		return nil, fmt.Errorf("the private key does not belong to the certificate %s, which is to sign itself: reissue it with a new key", nameOf(old))
	}
	return succeed(old, old.PublicKey, c, by)
}

// Reissue makes a successor with a new key. Of the extensions, the identifier of its own key is new too. A
// certificate that signs itself is signed with the new key: what its old key signed does not verify with it.
func Reissue(old *x509.Certificate, key Key, c Changes, by Signing) (*x509.Certificate, error) {
	if key.IsZero() {
		return nil, errors.New("the new private key is missing: this is a fault of the program")
	}
	if by.CA == nil {
		by.Key = key
	}
	return succeed(old, key.Public(), c, by)
}

func succeed(old *x509.Certificate, public any, c Changes, by Signing) (*x509.Certificate, error) {
	if err := by.check(); err != nil {
		return nil, err
	}
	if err := CheckAlgorithm(c.Algorithm, by.Key); err != nil {
		return nil, err
	}
	template := &x509.Certificate{RawSubject: old.RawSubject, SignatureAlgorithm: old.SignatureAlgorithm}
	if c.Algorithm != 0 {
		template.SignatureAlgorithm = c.Algorithm
	}
	kept, err := inherited(old, public, by)
	if err != nil {
		return nil, err
	}
	if kept, err = c.apply(kept, template, old, public); err != nil {
		return nil, err
	}
	template.ExtraExtensions = kept
	return by.sign(template, public, spanOf(old, c.Lifetime))
}

// apply makes the changes in a template and in the extensions that it keeps.
func (c Changes) apply(kept extensions, template, old *x509.Certificate, public any) (extensions, error) {
	if c.Subject != nil {
		template.RawSubject, template.Subject = nil, c.Subject.name
	}
	if c.Names != nil {
		kept = kept.without(oidNames)
		if err := setNames(template, c.Names); err != nil {
			return nil, err
		}
	}
	if c.Usages != nil {
		kept = kept.without(oidKeyUsage, oidExtKeyUsage)
		return kept, setUsages(template, c.Usages, old.IsCA, public)
	}
	return kept, nil
}
