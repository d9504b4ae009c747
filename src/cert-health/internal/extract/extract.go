// Package extract finds certificates in the bytes of files and of values, whatever their
// form: text or binary. It is the one door to the readers below it.
//
// It does no I/O: the caller reads the file. Of a private key it keeps the digest of the
// public half, and only if it is asked to.
package extract

import (
	"bytes"
	"errors"

	"cert-health/internal/budget"
	"cert-health/internal/extract/dercert"
	"cert-health/internal/extract/found"
	"cert-health/internal/extract/keystore"
	"cert-health/internal/extract/text"
	"cert-health/internal/secret"
)

// Extractor finds certificates. It keeps its buffers from call to call, and returns the same
// Certificate for all copies of one. The zero value finds certificates in values. It is not
// safe for concurrent use.
type Extractor struct {
	text      text.Parser
	passwords Passwords
}

// Passwords returns the passwords to try for the key store at a path, and why others are
// missing.
type Passwords func(path string) ([]secret.Value, []error)

// ForFiles returns an Extractor that also looks for private keys, to compute their public
// halves, and for revocation lists. It asks passwords for each key store.
func ForFiles(passwords Passwords) *Extractor {
	return &Extractor{text.Parser{Keys: true, CRLs: true}, passwords}
}

// Charge makes the account pay for what is read from now on.
func (e *Extractor) Charge(account *budget.Account) { e.text.Certificates.Account = account }

// ReadNames makes the results of Value hold the names that stand before certificates.
func (e *Extractor) ReadNames() { e.text.Names = true }

// Release drops the buffers, and the known certificates if there are many more than so many.
func (e *Extractor) Release(certificates int) { e.text.Release(certificates) }

// Value finds the certificates in the value of a secret, in all forms that text can have. A
// key store that cannot be read is a broken block.
func (e *Extractor) Value(value []byte) found.Result {
	result, err := e.inText(value, "")
	if err != nil {
		result.AddBroken(0, err.Error())
	}
	return result
}

// HeadSize is how many bytes of a file ExtentOf looks at. git uses as many to decide whether a
// file is text.
const HeadSize = 8000

// Extent is how much of a file has to be read.
type Extent int

// The extents. There are no others.
const (
	Nothing Extent = iota // the file is binary, and of no known form
	Whole                 // a part of the file is worth nothing
	Any                   // what is read of the file can be used
)

// ExtentOf tells by the first HeadSize bytes of a file how much of it has to be read.
func ExtentOf(head []byte) Extent {
	switch {
	case keystore.Recognise(head) != keystore.None:
		return Whole
	case bytes.IndexByte(head, 0) < 0, dercert.Recognise(head), byteOrder(head) != nil, bytes.Contains(head, []byte(begin)):
		return Any
	}
	return Nothing
}

// MaxStore is the size of the largest key store that is read, in bytes.
const MaxStore = keystore.MaxSize

// TooLarge tells by the first bytes of a file whether it is a key store that is not read because of
// its size.
func TooLarge(head []byte, size int64) bool {
	kind := keystore.Recognise(head)
	return kind != keystore.None && kind != keystore.X509CRL && size > MaxStore
}

// begin is what makes a binary file worth reading: PEM with NUL bytes around it.
const begin = "-----BEGIN "

// File finds the certificates in the contents of the file at a path. An error is a StoreError, or
// budget.ErrRefused, or both. The Result then holds what could be read. Contents in UTF-16 are
// overwritten.
func (e *Extractor) File(contents []byte, path string) (result found.Result, err error) {
	switch {
	case keystore.Recognise(contents) != keystore.None:
		result, err = e.store(contents, path)
	case dercert.Recognise(contents):
		result = e.text.Certificates.All(contents)
	default:
		if order := byteOrder(contents); order != nil {
			contents = fromUTF16(contents, order)
		}
		result, err = e.inText(contents, path)
	}
	if e.text.Certificates.Spent() && !errors.Is(err, budget.ErrRefused) {
		err = errors.Join(err, budget.ErrRefused)
	}
	return result, err
}

// inText finds the certificates in text, and in the key stores in it.
func (e *Extractor) inText(contents []byte, path string) (found.Result, error) {
	e.text.Recognise = recognise
	result, blocks := e.text.Parse(contents)
	var failed error
	for _, block := range blocks {
		more, err := e.block(block, path)
		clear(block.DER)
		result.Add(more)
		failed = joined(failed, err)
	}
	return result, failed
}

// recognise tells what a value in text is if it is not a certificate.
func recognise(head []byte) text.Kind {
	switch keystore.Recognise(head) {
	case keystore.None:
		return text.Other
	case keystore.X509CRL:
		return text.CRL
	}
	return text.Store
}
