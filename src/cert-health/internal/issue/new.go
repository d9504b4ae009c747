package issue

import (
	"cmp"
	"crypto/x509"
	"errors"
	"fmt"
	"time"
)

// Profile describes a new certificate.
type Profile struct {
	Subject   *Subject // nil: the first of the names as common name
	Names     []string
	CA        bool
	Usages    []string // nil: DefaultUsages
	Lifetime  time.Duration
	Algorithm x509.SignatureAlgorithm // 0: the default of the key that signs
}

// The lifetimes of new certificates, as safe has them.
const (
	LeafLifetime = 2 * 365 * 24 * time.Hour
	CALifetime   = 10 * 365 * 24 * time.Hour
)

// rootPathLength is how many CAs may stand below a new CA whose signer sets no limit, as safe has it.
const rootPathLength = 1

// New makes a certificate for a key. Without a CA in by, it signs itself.
func New(p Profile, key Key, by Signing) (*x509.Certificate, error) {
	if key.IsZero() {
		return nil, errNoKey
	}
	if by.CA == nil {
		by.Key = key
	}
	if err := cmp.Or(by.check(), CheckAlgorithm(p.Algorithm, by.Key)); err != nil {
		return nil, err
	}
	template, err := p.template(key)
	if err != nil {
		return nil, err
	}
	if template.SubjectKeyId, err = keyID(key.Public()); err != nil {
		return nil, err
	}
	if by.CA != nil {
		template.AuthorityKeyId = by.CA.SubjectKeyId
	}
	if template.MaxPathLen, err = pathLength(p.CA, by.CA); err != nil {
		return nil, err
	}
	template.MaxPathLenZero = template.MaxPathLen == 0
	return by.sign(template, key.Public(), span{left: p.lifetime()})
}

func (p Profile) template(key Key) (*x509.Certificate, error) {
	template := &x509.Certificate{IsCA: p.CA, BasicConstraintsValid: true, SignatureAlgorithm: p.Algorithm}
	switch {
	case p.Subject != nil:
		template.Subject = p.Subject.name
	case len(p.Names) > 0:
		template.Subject.CommonName = p.Names[0]
	default:
		return nil, errors.New("the certificate has no name: give a name or a subject")
	}
	usages := p.Usages
	if usages == nil {
		usages = DefaultUsages(p.CA, key.Type())
	}
	return template, cmp.Or(setNames(template, p.Names), setUsages(template, usages, p.CA, key.Public()))
}

func (p Profile) lifetime() time.Duration {
	switch {
	case p.Lifetime > 0:
		return p.Lifetime
	case p.CA:
		return CALifetime
	}
	return LeafLifetime
}

// pathLength is how many CAs may stand below a new certificate; -1 for a leaf, which has no such limit. A CA that
// permits no CA below it cannot sign one: programs would refuse the chain.
func pathLength(ca bool, signer *x509.Certificate) (int, error) {
	switch {
	case !ca:
		return -1, nil
	case signer == nil, !signer.BasicConstraintsValid, signer.MaxPathLen < 0:
		return rootPathLength, nil
	case signer.MaxPathLen == 0:
		return 0, fmt.Errorf("the CA %s permits no CA below it (its path length is 0): let its own CA sign", nameOf(signer))
	}
	return signer.MaxPathLen - 1, nil
}
