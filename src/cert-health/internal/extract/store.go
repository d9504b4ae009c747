package extract

import (
	"crypto/sha256"
	"errors"
	"fmt"

	"cert-health/internal/budget"
	"cert-health/internal/cert"
	"cert-health/internal/extract/found"
	"cert-health/internal/extract/keystore"
	"cert-health/internal/extract/text"
	"cert-health/internal/secret"
)

// StoreError is a key store, or a binary revocation list, that could not be read or not
// completely. It is the same until the file or its passwords change.
type StoreError struct {
	error
	tried [sha256.Size]byte // digest of the passwords that were tried
}

// Unwrap returns the error of package keystore.
func (e *StoreError) Unwrap() error { return e.error }

// Locked tells whether a password is missing.
func (e *StoreError) Locked() bool { return errors.Is(e.error, keystore.ErrPassword) }

// Limited tells whether a limit was reached.
func (e *StoreError) Limited() bool { return errors.Is(e.error, keystore.ErrLimit) }

// Tried tells whether these are the passwords that were tried.
func (e *StoreError) Tried(passwords []secret.Value) bool { return e.tried == digest(passwords) }

// store reads a key store, a bundle of PKCS #7 or a revocation list.
func (e *Extractor) store(data []byte, path string) (found.Result, error) {
	var secrets []secret.Value
	var problems []error
	if e.passwords != nil {
		secrets, problems = e.passwords(path)
	} else {
		secrets = keystore.Public()
	}
	contents, err := keystore.Open(data, secrets, e.text.Certificates.Certificate, e.text.Certificates.Account)
	if errors.Is(err, budget.ErrRefused) {
		return resultOf(contents), err
	}
	if errors.Is(err, keystore.ErrPassword) {
		for _, problem := range problems {
			err = fmt.Errorf("%w; %w", err, problem)
		}
	}
	if err != nil {
		err = &StoreError{error: err, tried: digest(secrets)}
	}
	return resultOf(contents), err
}

// block reads what a text contains as PEM or as base64: a key store, PKCS #7, or a revocation
// list. What cannot be read is a broken block, except a key store: its error is a StoreError.
func (e *Extractor) block(b text.Encoded, path string) (result found.Result, err error) {
	switch kind := keystore.Recognise(b.DER); {
	case b.CRL:
		result = e.revocationList(b)
	case kind == keystore.None, kind == keystore.PKCS7:
		result = e.pkcs7(b)
	default:
		if result, err = e.store(b.DER, path); err != nil {
			err = within(err, b.Line)
		}
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
	return result, err
}

// pkcs7 reads a bundle. It needs no password.
func (e *Extractor) pkcs7(b text.Encoded) found.Result {
	contents, err := keystore.OpenPKCS7(b.DER, e.text.Certificates.Certificate, e.text.Certificates.Account)
	result := resultOf(contents)
	if err != nil && !errors.Is(err, budget.ErrRefused) {
		result.Broken = append(result.Broken, found.Broken{Reason: err.Error()})
	}
	return result
}

// within adds the line of a key store to the reason why it could not be read.
func within(err error, line int) error {
	store := (*StoreError)(nil)
	if !errors.As(err, &store) {
		return err
	}
	return &StoreError{error: fmt.Errorf("the key store in line %d: %w", line, store.error), tried: store.tried}
}

// joined is one error of a text for all its key stores.
func joined(first, second error) error {
	a, b := (*StoreError)(nil), (*StoreError)(nil)
	if !errors.As(first, &a) || !errors.As(second, &b) {
		return errors.Join(first, second)
	}
	return &StoreError{error: fmt.Errorf("%w; %w", a.error, b.error), tried: a.tried}
}

func (e *Extractor) revocationList(b text.Encoded) found.Result {
	list, err := keystore.ReadCRL(b.DER, e.text.Certificates.Account)
	if errors.Is(err, budget.ErrRefused) {
		return found.Result{}
	}
	if err != nil {
		return found.Result{Broken: []found.Broken{{Reason: "it is not a revocation list: " + err.Error()}}}
	}
	return found.Result{CRLs: []cert.CRL{list}}
}

// digest distinguishes lists of passwords without keeping any.
func digest(passwords []secret.Value) (sum [sha256.Size]byte) {
	h := sha256.New()
	for _, password := range passwords {
		h.Write([]byte(password.Reveal()))
		h.Write([]byte{0})
	}
	h.Sum(sum[:0])
	return sum
}

// resultOf converts the contents of a store. The chain of each private key is a group of its
// own; all other certificates of the store are one group.
func resultOf(contents keystore.Contents) (result found.Result) {
	for i, entry := range contents.Entries {
		group := 0
		if entry.Kind == keystore.Key {
			group = i + 1
		}
		for _, certificate := range entry.Certificates {
			result.Certificates = append(result.Certificates, found.Certificate{
				Certificate: certificate, Alias: entry.Alias, Form: contents.Kind.Form(), Group: group,
			})
		}
	}
	for _, broken := range contents.Broken {
		reason := broken.Reason
		if broken.Alias != "" {
			reason = fmt.Sprintf("the entry %q: %s", broken.Alias, reason)
		}
		result.Broken = append(result.Broken, found.Broken{Reason: reason})
	}
	result.CRLs, result.Omitted = contents.CRLs, contents.Omitted
	return result
}
