package verdict

import (
	"fmt"
	"slices"
	"strings"

	"cert-health/internal/cert"
)

// untrustedMessage says what is wrong, with both files.
func (j *judge) untrustedMessage(f *fault) string {
	if f.cause == clientOnly {
		return fmt.Sprintf("a server shows it, and it may be used for %s only (extended key usage): clients refuse to connect",
			strings.Join(f.link.ExtKeyUsage, ", "))
	}
	ca := f.cas[0]
	switch f.cause {
	case outdated:
		return fmt.Sprintf("in %s %s was signed by %s, which %s: who verifies it with that one refuses it", f.file, f.who(), f.named(ca), j.dates(ca.Certificate))
	case forbidden:
		return fmt.Sprintf("in %s %s was signed by %s, whose name constraints do not allow %s: peers refuse it", f.file, f.who(), f.named(ca), f.detail)
	case missingCA:
		return fmt.Sprintf("in %s %s was signed by %s, which %s lacks, while %s holds it: peers that trust no other refuse it",
			f.file, f.who(), ca.Subject, ca.file, f.detail)
	case missingIntermediate:
		return fmt.Sprintf("%s lacks the intermediate %s that signed %s, which %s has: peers that trust %s alone refuse it",
			f.file, f.cas[len(f.cas)-1].Subject, f.who(), f.detail, f.named(ca))
	case outlives:
		return fmt.Sprintf("in %s %s was signed by %s, which expires before it, %s: from then on peers refuse it", f.file, f.who(), f.named(ca), j.when(ca.NotAfter))
	case hidden:
		return fmt.Sprintf("in %s %s was signed by %s, where another CA of that name comes first and no key identifiers tell them apart: "+
			"OpenSSL (nginx, HAProxy, MySQL) tries the first alone and refuses it, Go tries both", f.file, f.who(), f.named(ca))
	}
	return fmt.Sprintf("in %s %s chains to none of the CAs of its issuer's name beside it: %s has another key; peers that trust no other refuse it",
		f.file, f.who(), f.named(ca))
}

// who is what does not chain on.
func (f *fault) who() string {
	if f.link.CA {
		return "its intermediate " + f.link.Subject
	}
	return "it"
}

// named is a CA and where it stands.
func (f *fault) named(ca stranger) string {
	if ca.file == f.file {
		return ca.Subject + " in the same file"
	}
	return ca.Subject + " in " + ca.file
}

// dates says why a certificate is not valid.
func (j *judge) dates(c *cert.Certificate) string {
	if j.facts.Now.Before(c.NotBefore) {
		return "becomes valid " + j.when(c.NotBefore)
	}
	return "expired " + j.when(c.NotAfter)
}

// mend says how a leaf and its CA come together: where one of both sides is
// behind the store, a deploy brings what that already holds.
func (j *judge) mend(s subject) string {
	f := s.fault
	switch {
	case f.cause == clientOnly:
		return "reissue it for serverAuth: " + j.reissue(s)
	case f.cause == missingCA, j.behind(s.Certificate), slices.ContainsFunc(f.cas, j.moreInStore):
		return j.deploy()
	}
	ca := f.cas[0]
	switch f.cause {
	case outdated, outlives:
		return j.revive(s, ca)
	case forbidden:
		return "reissue it for names that its CA may sign, or from another CA: " + j.reissue(s)
	case missingIntermediate:
		return fmt.Sprintf("put %s of %s behind it in what fills %s, then %s", f.cas[len(f.cas)-1].Subject, f.detail, f.file, j.deploy())
	case hidden:
		return fmt.Sprintf("put the CA that signed it first in what fills %s, or take the other out, then %s", ca.file, j.deploy())
	}
	return fmt.Sprintf("add the CA that signed it to what fills %s, or reissue it: %s", ca.file, j.reissue(s))
}

// revive says how a leaf comes to have a CA that is valid: its successor's signature, if
// there is one, or else a renewed CA of the same key.
func (j *judge) revive(s subject, ca stranger) string {
	if j.facts.Now.Before(ca.NotBefore) {
		return "compare the VM's clock with `date -u`; if it is right, wait, or reissue it from a CA that is valid: " + j.reissue(s)
	}
	if successor := j.successors[authority{ca.file, ca.Subject}]; successor != nil && successor.NotAfter.After(ca.NotAfter) {
		return fmt.Sprintf("reissue it from the CA that takes the other's place in %s: %s", ca.file, j.reissue(s))
	}
	about := subject{Certificate: ca.Certificate}
	if reference, ok := j.facts.References[ca.Fingerprint]; ok {
		about.reference = &reference
	}
	return fmt.Sprintf("for %s: %s", ca.Subject, j.renew(about))
}

// behind tells whether the store holds another one in the certificate's place, and
// one that is of use.
func (j *judge) behind(c *cert.Certificate) bool {
	reference, ok := j.facts.References[c.Fingerprint]
	return ok && reference.State == cert.Stale && !j.heldExpired(&reference)
}

// moreInStore tells whether the store holds another CA than the file, in the
// place of ca or in a bundle with it.
func (j *judge) moreInStore(ca stranger) bool {
	return j.behind(ca.Certificate) || len(j.lacking(j.facts.References[ca.Fingerprint].Bundle, ca.file)) > 0
}
