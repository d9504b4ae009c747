package tls

import (
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"

	"cert-health/hub/internal/inventory"
	"cert-health/internal/cert"
	"cert-health/internal/handshake"
	"cert-health/internal/verdict"
)

// judge compares what a server sent with what a client and the configuration expect.
type judge struct {
	now   func() time.Time
	roots *x509.CertPool // the system's; nil: crypto/x509 loads them
}

func (j judge) findings(v *visit) (found []inventory.Finding) {
	for _, check := range []func(*visit) *inventory.Finding{j.expected, j.named, j.trusted} {
		if f := check(v); f != nil {
			f.Certificate = inventory.IDOf(v.seen.Chain[0].Fingerprint)
			found = append(found, *f)
		}
	}
	return found
}

// expected compares the certificate with the configuration.
func (j judge) expected(v *visit) *inventory.Finding {
	leaf, expect := v.seen.Chain[0], v.target.Expect
	pinned, isPinned := fingerprint(expect.Fingerprint)
	switch {
	case isPinned && leaf.Fingerprint != pinned:
		return v.target.unexpected(fmt.Sprintf("the fingerprint %s", pinned), fmt.Sprintf("it has %s", leaf.Fingerprint))
	case expect.Issuer != "" && !issuedBy(leaf, expect.Issuer):
		return v.target.unexpected(fmt.Sprintf("the issuer %q", expect.Issuer), fmt.Sprintf("it was issued by %q", handshake.Printable(leaf.Issuer)))
	}
	return nil
}

// issuedBy tells whether the issuer has a name, or that common name.
func issuedBy(c *cert.Certificate, name string) bool {
	if strings.EqualFold(c.Issuer, name) {
		return true
	}
	issuer := "," + strings.ToLower(c.Issuer) + ","
	return strings.Contains(issuer, ",cn="+strings.ToLower(name)+",")
}

// named compares the certificate's names with the one that clients ask for.
func (j judge) named(v *visit) *inventory.Finding {
	leaf, name := v.seen.Chain[0], v.target.asked()
	parsed, err := x509.ParseCertificate(v.seen.DER[0])
	if err != nil {
		return nil // trusted tells that Go's clients refuse it
	}
	if parsed.VerifyHostname(name) == nil {
		return nil
	}
	return v.target.wrongName(leaf, name)
}

// trusted verifies the chain as it was sent.
func (j judge) trusted(v *visit) *inventory.Finding {
	leaf := v.seen.Chain[0]
	if pinned, is := fingerprint(v.target.Expect.Fingerprint); is && leaf.Fingerprint == pinned {
		return nil
	}
	for i, c := range v.seen.Chain {
		switch {
		case c.KeyBits > cert.MaxKeyBits:
			return v.target.notTrusted(verdict.Error, fmt.Sprintf("certificate %d of its chain has a key of %d bits, and programs use keys of at most %d bits", i+1, c.KeyBits, cert.MaxKeyBits))
		case i == 0 && c.Refused != "":
			return v.target.notTrusted(verdict.Warning, "its certificate cannot be verified: "+handshake.Printable(c.Refused))
		}
	}
	if err := j.verify(v); err != nil {
		return v.target.notTrusted(verdict.Error, j.cause(err, v))
	}
	return nil
}

// verify verifies the chain at a time when its leaf is valid: that it is valid now is judged elsewhere.
func (j judge) verify(v *visit) error {
	leaf, err := x509.ParseCertificate(v.seen.DER[0])
	if err != nil {
		return err
	}
	now := j.now()
	options := x509.VerifyOptions{Roots: j.roots, Intermediates: x509.NewCertPool(), CurrentTime: within(leaf, now)}
	for _, der := range v.seen.DER[1:] {
		if link, err := x509.ParseCertificate(der); err == nil {
			options.Intermediates.AddCert(link)
		}
	}
	if pem := v.target.CACert; pem != "" {
		options.Roots = x509.NewCertPool()
		options.Roots.AppendCertsFromPEM([]byte(pem))
	}
	_, err = leaf.Verify(options)
	ended := x509.CertificateInvalidError{}
	if errors.As(err, &ended) && ended.Reason == x509.Expired && !options.CurrentTime.Equal(now) {
		return nil // a CA may have been renewed after the leaf ended: its own dates are judged elsewhere
	}
	return err
}

// within is the time of the leaf's validity that is nearest to now.
func within(leaf *x509.Certificate, now time.Time) time.Time {
	switch {
	case now.After(leaf.NotAfter):
		return leaf.NotAfter
	case now.Before(leaf.NotBefore):
		return leaf.NotBefore
	}
	return now
}

// maxCause limits the words of crypto/x509, which quotes names of certificates.
const maxCause = 300

// cause says why a chain is not trusted. It quotes no more of the certificates than their names.
func (j judge) cause(err error, v *visit) string {
	leaf := v.seen.Chain[0]
	roots := "a CA of the hub's system"
	if v.target.CACert != "" {
		roots = "the CA in ca_cert"
	}
	unknown, invalid := x509.UnknownAuthorityError{}, x509.CertificateInvalidError{}
	switch {
	case errors.As(err, &unknown) && len(v.seen.Chain) == 1 && !leaf.SelfIssued:
		return fmt.Sprintf("it sends no intermediate certificate, and its issuer %q is not %s", handshake.Printable(leaf.Issuer), roots)
	case errors.As(err, &unknown) && len(v.seen.Chain) == 1:
		return "its certificate is self-signed, and is not " + roots
	case errors.As(err, &unknown):
		last := v.seen.Chain[len(v.seen.Chain)-1]
		return fmt.Sprintf("its chain ends at %q, which %s did not sign", handshake.Printable(last.Name()), roots)
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return fmt.Sprintf("%q in its chain, or the CA above it, is expired or not yet valid", handshake.Printable(invalid.Cert.Subject.String()))
	case errors.As(err, &invalid) && invalid.Reason == x509.IncompatibleUsage:
		return "its certificate, or a CA above it, is not for servers"
	}
	return handshake.Printable(cut(strings.TrimPrefix(err.Error(), "x509: "), maxCause))
}
