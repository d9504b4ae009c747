package keystore

import (
	"encoding/binary"
	"fmt"
)

// The entries of a JKS, by their tags.
const (
	jksKey     = 1
	jksTrusted = 2
	jksSecret  = 3 // of JCEKS only: a Java object
)

// jksDigest is the size of what ends a store: a SHA-1 over the password and all of it.
// It is not verified: without the password it cannot be, and with one that does not fit
// nobody could say which of both is wrong. The certificates are their own proof.
const jksDigest = 20

// jks reads what sun.security.provider.JavaKeyStore and com.sun.crypto.provider.JceKeyStore
// write: numbers in network order, strings as DataOutputStream.writeUTF.
func (o *opening) jks(data []byte) error {
	r := javaReader{rest: data}
	r.skip(4) // the magic number
	version := r.uint32()
	for count := r.uint32(); count > 0 && r.err == nil; count-- {
		tag := r.uint32()
		name := short(r.utf())
		r.skip(8) // when it was created
		switch {
		case tag == jksKey:
			r.skip(r.uint32()) // the private key, encrypted
			if err := o.jksChain(&r, name, Key, r.uint32(), version); err != nil {
				return err
			}
		case tag == jksTrusted:
			if err := o.jksChain(&r, name, Trusted, 1, version); err != nil {
				return err
			}
		case tag == jksSecret && o.contents.Kind == JCEKS:
			r.object()
		default:
			r.damaged(fmt.Sprintf("there is no entry of the kind %d", tag))
		}
	}
	if len(r.rest) < jksDigest {
		r.damaged("its end is missing")
	}
	return r.err
}

// jksChain reads the certificates of one entry.
func (o *opening) jksChain(r *javaReader, name string, kind EntryKind, count, version uint32) error {
	entry := Entry{Alias: name, Kind: kind}
	defer func() { o.contents.add(entry) }()
	for ; count > 0 && r.err == nil; count-- {
		form := "X.509"
		if version == 2 {
			form = string(r.utf())
		}
		encoded := r.take(r.uint32())
		if r.err != nil {
			return nil
		}
		if form != "X.509" && form != "X509" {
			o.contents.broken(Broken{Alias: name, Reason: "it is no X.509 certificate"})
			continue
		}
		certificate, err := o.certificate(encoded, name)
		if err != nil {
			return err
		}
		if certificate != nil {
			entry.Certificates = append(entry.Certificates, certificate)
		}
	}
	return nil
}

// javaReader reads what a Java DataOutputStream wrote. The first error is kept, and
// after it every answer is empty.
type javaReader struct {
	rest []byte
	err  error
}

func (r *javaReader) damaged(what string) {
	if r.err == nil {
		r.err = fmt.Errorf("%w: %s", ErrDamaged, what)
	}
	r.rest = nil
}

func (r *javaReader) take(size uint32) []byte {
	if uint64(size) > uint64(len(r.rest)) {
		r.damaged("it is cut off")
		return nil
	}
	taken := r.rest[:size]
	r.rest = r.rest[size:]
	return taken
}

func (r *javaReader) skip(size uint32) { r.take(size) }

func (r *javaReader) uint8() (number byte) {
	if octets := r.take(1); len(octets) == 1 {
		number = octets[0]
	}
	return number
}

func (r *javaReader) uint16() (number uint16) {
	if octets := r.take(2); len(octets) == 2 {
		number = binary.BigEndian.Uint16(octets)
	}
	return number
}

func (r *javaReader) uint32() (number uint32) {
	if octets := r.take(4); len(octets) == 4 {
		number = binary.BigEndian.Uint32(octets)
	}
	return number
}

// utf is a string in Java's own UTF-8, which differs in characters nobody names a key
// by.
func (r *javaReader) utf() []byte { return r.take(uint32(r.uint16())) }
