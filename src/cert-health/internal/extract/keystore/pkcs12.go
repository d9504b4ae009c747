package keystore

import (
	"errors"
	"fmt"
)

// pkcs12 reads a PFX of RFC 7292: the certificates of every safe. What of the store is
// not encrypted is taken as it stands, as a PEM file is.
func (o *opening) pkcs12(data []byte) error {
	top := newReader(data)
	defer top.wipe()
	pfx := top.enter(tagSequence)
	pfx.integer() // the version, which Recognise has seen
	authSafe := pfx.enter(tagSequence)
	if oid := authSafe.oid(); oid != oidData {
		return unsupported(authSafe, "integrity mode", oid)
	}
	protected := authSafe.enter(tagField0).octets(tagOctets)
	var proof *mac
	if pfx.more() {
		var err error
		if proof, err = readMAC(pfx.enter(tagSequence)); err != nil {
			return err
		}
	}
	s := safeReader{opening: o, proof: proof, protected: protected}
	problem := s.read(top.over(protected).enter(tagSequence))
	return firstError(problem, top.err(), o.assemble(s.bags))
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// safeReader goes through the safes of one store.
type safeReader struct {
	*opening
	proof     *mac // nil when there is none, or it was already found to fit
	protected []byte
	bags      []bag
}

// read reads every safe it can; the first error counts, unless a limit ends it all.
func (s *safeReader) read(safes *reader) (first error) {
	for safes.more() {
		info := safes.enter(tagSequence)
		var err error
		switch oid := info.oid(); oid {
		case oidData:
			err = s.contents(info.enter(tagField0).octets(tagOctets))
		case oidEncryptedData:
			err = s.encrypted(info.enter(tagField0).enter(tagSequence))
		default:
			err = unsupported(info, "content", oid)
		}
		if errors.Is(err, ErrLimit) {
			return err
		}
		first = firstError(first, err)
	}
	return first
}

// encrypted opens one EncryptedData of RFC 5652.
func (s *safeReader) encrypted(data *reader) error {
	data.integer() // the version: 0
	info := data.enter(tagSequence)
	info.oid()
	scheme, err := readScheme(info.enter(tagSequence))
	if err != nil {
		return err
	}
	encrypted := info.octets(tagPlain0)
	if err := data.err(); err != nil {
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

// prove verifies the store's proof once one of its safes is open. Before that a proof
// that does not fit says nothing but that the password is not known.
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
	r := newReader(data)
	defer r.wipe()
	err := s.safeContents(r.enter(tagSequence), 1)
	return firstError(err, r.err())
}

// safeContents reads the bags with certificates, and passes over all others.
func (s *safeReader) safeContents(bags *reader, depth int) error {
	if depth > MaxNesting {
		return errNesting()
	}
	for bags.more() {
		content := bags.enter(tagSequence)
		switch content.oid() {
		case oidCertBag:
			if err := s.certBag(content); err != nil {
				return err
			}
		case oidSafeContentsBag:
			if err := s.safeContents(content.enter(tagField0).enter(tagSequence), depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}
