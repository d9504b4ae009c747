package discover

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"slices"
	"syscall"

	"cert-health/internal/cert"
	"cert-health/internal/extract/keystore"
	"cert-health/internal/secret"
)

// storeError is a store of which something, or all, could not be read.
type storeError struct {
	error
	tried [sha256.Size]byte // which passwords were
}

func (e *storeError) Unwrap() error { return e.error }

func (e *storeError) kind() Kind {
	switch {
	case errors.Is(e, keystore.ErrPassword):
		return Locked
	case errors.Is(e, keystore.ErrLimit):
		return Limit
	}
	return Block
}

// store reads a key store. What keystore says of it lasts until the file or its passwords
// change, and is remembered.
func (r *reader) store(data []byte, vmPath string) (cert.Result, error) {
	var secrets []secret.Value
	var problems []error
	if r.passwords != nil {
		secrets, problems = r.passwords(vmPath)
	}
	contents, err := keystore.Open(data, secrets, r.parser.Certificate)
	if errors.Is(err, keystore.ErrPassword) {
		for _, problem := range problems {
			err = fmt.Errorf("%w; %w", err, problem)
		}
	}
	if err != nil {
		err = &storeError{error: err, tried: digest(secrets)}
	}
	return stored(contents), err
}

// bundle reads an armoured block of PKCS #7, or a revocation list. No password opens
// anything in it, and what cannot be read of it is broken as any other block is.
func (r *reader) bundle(b cert.Bundle) cert.Result {
	if b.CRL {
		return revocations(b)
	}
	contents, err := keystore.OpenPKCS7(b.DER, r.parser.Certificate)
	result := stored(contents)
	if err != nil {
		result.Broken = append(result.Broken, cert.Broken{Reason: err.Error()})
	}
	for i := range result.Certificates {
		result.Certificates[i].Line, result.Certificates[i].Group = b.Line, b.Group
	}
	for i := range result.CRLs {
		result.CRLs[i].Line = b.Line
	}
	for i := range result.Broken {
		result.Broken[i].Line = b.Line
	}
	return result
}

func revocations(b cert.Bundle) cert.Result {
	list, err := keystore.ParseCRL(b.DER)
	if err != nil {
		return cert.Result{Broken: []cert.Broken{{Line: b.Line, Reason: "it is not a revocation list: " + err.Error()}}}
	}
	list.Line = b.Line
	return cert.Result{CRLs: []cert.CRL{list}}
}

// digest tells one list of passwords from another, without keeping any.
func digest(secrets []secret.Value) (sum [sha256.Size]byte) {
	h := sha256.New()
	for _, password := range secrets {
		h.Write([]byte(password.Reveal()))
		h.Write([]byte{0})
	}
	h.Sum(sum[:0])
	return sum
}

// stored is what a store says, in the words of package cert: the chain of a key is a group of
// its own, and all else of the store is one.
func stored(contents keystore.Contents) (result cert.Result) {
	for i, entry := range contents.Entries {
		group := 0
		if entry.Kind == keystore.Key {
			group = i + 1
		}
		for _, certificate := range entry.Certificates {
			result.Certificates = append(result.Certificates, cert.Found{
				Certificate: certificate, Line: entry.Line, Alias: entry.Alias,
				Form: cmp.Or(contents.Kind.Form(), cert.PKCS7), Group: group,
			})
		}
	}
	for _, broken := range contents.Broken {
		reason := broken.Reason
		if broken.Alias != "" {
			reason = fmt.Sprintf("the entry %q: %s", broken.Alias, reason)
		}
		result.Broken = append(result.Broken, cert.Broken{Line: broken.Line, Reason: reason})
	}
	result.CRLs, result.Omitted = contents.CRLs, contents.Omitted
	return result
}

// passwordsOf are the passwords to try for a store: the configured ones first.
func (s *Scanner) passwordsOf(vmPath string) ([]secret.Value, []error) {
	return keystore.Find(s.readVM, slices.Concat(s.options.Passwords, keystore.Known()), vmPath)
}

// readVM reads the beginning of a file of the VM that holds a password.
func (s *Scanner) readVM(vmPath string) ([]byte, error) {
	target, err := s.resolve(vmPath)
	if err != nil {
		return nil, errors.New(cause(err))
	}
	return readSmall(target)
}

// maxSmall is how much is read of a file that holds a password, in bytes.
const maxSmall = 1 << 20

// readSmall reads the beginning of a regular file, into one piece of memory that can be
// wiped. A FIFO or a device, on which an open or a read could wait for ever, is refused.
func readSmall(path string) ([]byte, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, errors.New(cause(err))
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, errors.New(cause(err))
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is no regular file")
	}
	contents := make([]byte, min(info.Size(), maxSmall))
	n, err := fill(file, contents)
	if err != nil {
		return contents[:n], errors.New(cause(err))
	}
	return contents[:n], nil
}
