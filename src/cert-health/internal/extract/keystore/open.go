package keystore

import (
	"errors"
	"fmt"

	"cert-health/internal/budget"
	"cert-health/internal/cert"
	"cert-health/internal/extract/dercert"
	"cert-health/internal/secret"
)

// Parse makes a certificate of its DER encoding, and keeps nothing of that memory:
// dercert.Parse, or a dercert.Reader.
type Parse func(encoded []byte) (*cert.Certificate, error)

// Open reads all certificates of a file that Recognise recognises. It tries the passwords in
// their order, and only if certificates are encrypted: they are not in JKS, JCEKS, PKCS #7,
// and in some PKCS #12.
//
// The account pays for the certificates and for the derivations of keys; nil for no limit.
//
// An error is one of ErrPassword, ErrDamaged, ErrLimit and ErrUnsupported, or budget.ErrRefused.
// The Contents hold what could be read.
func Open(data []byte, passwords []secret.Value, parse Parse, account *budget.Account) (Contents, error) {
	return open(data, passwords, opening{parse: parse, account: account, budget: MaxIterations})
}

// OpenPKCS7 is Open for the contents of an armoured block of PKCS #7. Other contents than
// certificates, such as an encrypted message, are not an error.
func OpenPKCS7(encoded []byte, parse Parse, account *budget.Account) (Contents, error) {
	o := opening{parse: parse, account: account, contents: Contents{Kind: PKCS7}}
	err := o.pkcs7(encoded)
	return o.contents, err
}

// open is Open with a given beginning.
func open(data []byte, passwords []secret.Value, o opening) (Contents, error) {
	o.passwords = len(passwords)
	o.contents.Kind = Recognise(data)
	if o.contents.Kind != X509CRL && len(data) > MaxSize {
		return o.contents, fmt.Errorf("%w: it has more than %d MiB", ErrLimit, MaxSize>>20)
	}
	for _, password := range passwords {
		o.candidates = append(o.candidates, candidate{password: password, ended: o.account.Ended})
		if password.IsZero() {
			o.candidates = append(o.candidates, candidate{bare: true, ended: o.account.Ended})
		}
	}
	err := o.read(data)
	return o.contents, err
}

// opening is the state of one Open.
type opening struct {
	parse      Parse
	account    *budget.Account
	contents   Contents
	candidates []candidate
	passwords  int // number of passwords
	budget     int // remaining iterations
	looked     int // number of certificates and lists so far
}

func (o *opening) read(data []byte) error {
	if info := o.contents.Kind.info(); info.read != nil {
		return info.read(o, data)
	}
	return fmt.Errorf("%w: it is not a key store", ErrUnsupported)
}

// look counts certificates before they are read.
func (o *opening) look(count int) error {
	if o.looked += count; o.looked > MaxCertificates {
		return fmt.Errorf("%w: it has more than %d certificates", ErrLimit, MaxCertificates)
	}
	return nil
}

// certificate reads one certificate. It is nil when the certificate is broken. The error is
// ErrLimit or budget.ErrRefused, when there are too many.
func (o *opening) certificate(encoded []byte, alias string) (*cert.Certificate, error) {
	if err := o.look(1); err != nil {
		return nil, err
	}
	certificate, err := o.parse(encoded)
	if errors.Is(err, budget.ErrRefused) {
		return nil, err
	}
	if err != nil {
		o.contents.broken(Broken{Alias: alias, Reason: dercert.Reason(err)})
		return nil, nil
	}
	return certificate, nil
}

// try calls fits with one password after the other until one fits. It starts with the password
// that fitted last. The cost of each attempt is charged beforehand.
func (o *opening) try(cost int, fits func(candidate) bool) error {
	for i, candidate := range o.candidates {
		if o.budget -= cost + attempt; o.budget < 0 {
			return fmt.Errorf("%w: to open it takes more than %d iterations of its key derivation, over all passwords",
				ErrLimit, MaxIterations)
		}
		if !o.account.Spend(budget.Derivations, cost+attempt) {
			return budget.ErrRefused
		}
		if fits(candidate) {
			copy(o.candidates[1:i+1], o.candidates[:i])
			o.candidates[0] = candidate
			return nil
		}
	}
	return fmt.Errorf("%w (tried: %d)", ErrPassword, o.passwords)
}
