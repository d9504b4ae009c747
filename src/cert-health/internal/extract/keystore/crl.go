package keystore

import (
	"bytes"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"cert-health/internal/cert"
)

// ParseCRL reads one list from DER.
//
// The revoked certificates are cut out before crypto/x509 reads it, which would make
// 400 bytes of memory of each of them. Its signature is not verified, so that a list of
// the first version, which `openssl ca` writes and crypto/x509 refuses, passes for one of
// the second, too.
func ParseCRL(der []byte) (cert.CRL, error) {
	short, err := withoutRevoked(der)
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
func withoutRevoked(der []byte) ([]byte, error) {
	list := newReader(der).enter(tagSequence)
	signed := list.enter(tagSequence)
	kept := []byte(versionTwo)
	if signed.peek() == tagInteger {
		kept = nil
	}
	for seen := 0; signed.more(); {
		part := signed.next()
		// Behind the times, the only sequence is that of the revoked.
		if part.tag == tagUTCTime || part.tag == tagGeneralizedTime {
			seen++
		}
		if part.tag == tagSequence && seen > 0 {
			continue
		}
		if kept = append(kept, part.whole...); len(kept) > maxCRLHeader {
			return nil, fmt.Errorf("%w: its header is larger than %d KiB", ErrLimit, maxCRLHeader>>10)
		}
	}
	signature := list.rest
	if err := list.err(); err != nil || len(signature) == 0 {
		return nil, firstError(err, errors.New("its signature is missing"))
	}
	return wrap(append(wrap(kept), signature...)), nil
}

// wrap makes a sequence of its contents.
func wrap(contents []byte) []byte {
	size := len(contents)
	if size < 0x80 {
		return append([]byte{tagSequence, byte(size)}, contents...)
	}
	length := bytes.TrimLeft(binary.BigEndian.AppendUint32(nil, uint32(size)), "\x00")
	return slices.Concat([]byte{tagSequence, 0x80 | byte(len(length))}, length, contents)
}

// revocations takes a list up, or what is wrong with it.
func (o *opening) revocations(der []byte, line int) error {
	if err := o.look(1); err != nil {
		return err
	}
	list, err := ParseCRL(der)
	if err != nil {
		o.contents.broken(Broken{Line: line, Reason: "it is not a revocation list: " + err.Error()})
		return nil
	}
	list.Line = line
	o.contents.CRLs = append(o.contents.CRLs, list)
	return nil
}
