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

// jksDigest is the size of the SHA-1 over the password and the store, with which a store ends.
// It is not verified. That takes the password, and with a mismatch it remains unknown which of
// the two is wrong.
const jksDigest = 20

// jks reads stores of sun.security.provider.JavaKeyStore and com.sun.crypto.provider.JceKeyStore:
// numbers in network order, strings as DataOutputStream.writeUTF writes them.
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
			r.damaged(fmt.Sprintf("it has an entry of the unknown kind %d", tag))
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
			o.contents.broken(Broken{Alias: name, Reason: "it is not an X.509 certificate"})
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

// javaReader reads what a Java DataOutputStream wrote. It keeps the first error; after that
// every answer is empty.
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
	if data := r.take(1); len(data) == 1 {
		number = data[0]
	}
	return number
}

func (r *javaReader) uint16() (number uint16) {
	if data := r.take(2); len(data) == 2 {
		number = binary.BigEndian.Uint16(data)
	}
	return number
}

func (r *javaReader) uint32() (number uint32) {
	if data := r.take(4); len(data) == 4 {
		number = binary.BigEndian.Uint32(data)
	}
	return number
}

// utf is a string in Java's variant of UTF-8. It differs in characters that are unusual in
// aliases.
func (r *javaReader) utf() []byte { return r.take(uint32(r.uint16())) }
