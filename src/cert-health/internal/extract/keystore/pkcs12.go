package keystore

import (
	"errors"
	"fmt"

	"cert-health/internal/budget"
	"cert-health/internal/der"
)

// pkcs12 reads a PFX of RFC 7292: the certificates of every safe. Safes that are not encrypted
// need no verified checksum, like a PEM file.
func (o *opening) pkcs12(data []byte) error {
	top := der.NewReader(data)
	defer top.Wipe()
	pfx := top.Enter(der.Sequence)
	pfx.Integer() // the version, which Recognise has seen
	authSafe := pfx.Enter(der.Sequence)
	if oid := authSafe.OID(); oid != oidData {
		return unsupported(authSafe, "integrity mode", oid)
	}
	protected := authSafe.Enter(der.Context0).Bytes(der.OctetString)
	var proof *mac
	if pfx.More() {
		var err error
		if proof, err = readMAC(pfx.Enter(der.Sequence)); err != nil {
			return err
		}
	}
	s := safeReader{opening: o, proof: proof, protected: protected}
	problem := s.read(top.Over(protected).Enter(der.Sequence))
	return firstError(problem, top.Err(), o.assemble(s.bags))
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// safeReader reads the safes of one store.
type safeReader struct {
	*opening
	proof     *mac // nil when there is none, or when it is verified
	protected []byte
	bags      []bag
}

// read reads every safe. It returns the first error, and stops at a limit.
func (s *safeReader) read(safes *der.Reader) (first error) {
	for safes.More() {
		info := safes.Enter(der.Sequence)
		var err error
		switch oid := info.OID(); oid {
		case oidData:
			err = s.contents(info.Enter(der.Context0).Bytes(der.OctetString))
		case oidEncryptedData:
			err = s.encrypted(info.Enter(der.Context0).Enter(der.Sequence))
		default:
			err = unsupported(info, "content", oid)
		}
		if errors.Is(err, ErrLimit) || errors.Is(err, budget.ErrRefused) {
			return err
		}
		first = firstError(first, err)
	}
	return first
}

// encrypted opens one EncryptedData of RFC 5652.
func (s *safeReader) encrypted(data *der.Reader) error {
	data.Integer() // the version: 0
	info := data.Enter(der.Sequence)
	info.OID()
	scheme, err := readScheme(info.Enter(der.Sequence))
	if err != nil {
		return err
	}
	encrypted := info.Bytes(der.Implicit0)
	if err := data.Err(); err != nil {
		return err
	}
	var plain []byte
	defer func() { clear(plain) }()
	err = s.try(scheme.cost, func(password candidate) (ok bool) {
		plain, ok = scheme.decrypt(encrypted, password)
		return ok
	})
	if err != nil {
		return err
	}
	if err := s.prove(); err != nil {
		return err
	}
	return s.contents(plain)
}

// prove verifies the checksum of the store once one of its safes is open. Before that, a wrong
// checksum only means that the password is not known.
func (s *safeReader) prove() error {
	if s.proof == nil {
		return nil
	}
	err := s.try(s.proof.cost, func(password candidate) bool { return s.proof.fits(s.protected, password) })
	if errors.Is(err, ErrPassword) {
		return fmt.Errorf("%w: a password opens it, and its checksum does not match", ErrDamaged)
	}
	if err == nil {
		s.proof = nil
	}
	return err
}

// contents reads one SafeContents.
func (s *safeReader) contents(data []byte) error {
	r := der.NewReader(data)
	defer r.Wipe()
	err := s.safeContents(r.Enter(der.Sequence), 1)
	return firstError(err, r.Err())
}

// safeContents reads the bags with certificates, and skips all others.
func (s *safeReader) safeContents(bags *der.Reader, depth int) error {
	if depth > MaxNesting {
		return der.NestingError()
	}
	for bags.More() {
		content := bags.Enter(der.Sequence)
		switch content.OID() {
		case oidCertBag:
			if err := s.certBag(content); err != nil {
				return err
			}
		case oidSafeContentsBag:
			if err := s.safeContents(content.Enter(der.Context0).Enter(der.Sequence), depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}
