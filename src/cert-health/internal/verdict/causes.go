package verdict

import (
	"fmt"
	"slices"
	"strings"

	"cert-health/internal/cert"
)

// cause is a kind of fault. docs/findings.md lists the causes below `untrusted`.
type cause int

// The causes, and no others. Each has a row in the table below.
const (
	wrongKey            cause = iota // no CA with the issuer's name signed
	outdated                         // the CA that signed is not valid
	forbidden                        // the CA may not sign for one of the names, which is the detail
	missingCA                        // the source has the CA in its bundle, and the file does not; the detail is the source's place
	missingIntermediate              // only another file has it, which is the detail; cas are the root that it leads to, and itself
	clientOnly                       // a server uses a certificate for clients
	outlives                         // the CA expires before the leaf, and soon
	behindNamesake                   // another CA with its name stands before it in the bundle
	causes                           // their number
)

// causeRow is what is fixed about a cause.
type causeRow struct {
	words func(j *judge, f *fault) (message, why string)
	steps func(j *judge, s subject) []Step
}

// causeTable has one row for each cause. Nothing writes to it.
var causeTable = [causes]causeRow{
	wrongKey:            {(*judge).wrongKeyWords, (*judge).addSigner},
	outdated:            {(*judge).outdatedWords, (*judge).renewSigner},
	forbidden:           {(*judge).forbiddenWords, (*judge).reissueWithinConstraints},
	missingCA:           {(*judge).missingCAWords, (*judge).justDeploy},
	missingIntermediate: {(*judge).missingIntermediateWords, (*judge).addIntermediate},
	clientOnly:          {(*judge).clientOnlyWords, (*judge).reissueForServers},
	outlives:            {(*judge).outlivesWords, (*judge).renewSigner},
	behindNamesake:      {(*judge).behindNamesakeWords, (*judge).reorder},
}

func (j *judge) untrustedWords(s subject) words {
	row := causeTable[s.fault.cause]
	message, why := row.words(j, s.fault)
	if j.deployRepairs(s) {
		return words{message, why, j.justDeploy(s)}
	}
	return words{message, why, row.steps(j, s)}
}

// deployRepairs tells whether the source already holds a newer leaf, or another CA than
// the file.
func (j *judge) deployRepairs(s subject) bool {
	return s.fault.cause != clientOnly && (j.behindSource(s.Certificate) || slices.ContainsFunc(s.fault.cas, j.moreInSource))
}

func (j *judge) wrongKeyWords(f *fault) (message, why string) {
	return fmt.Sprintf("in %s %s does not chain to any CA of its job with its issuer's name: %s has another key", f.file, f.linkName(), f.caName(f.cas[0])),
		"peers that trust only this CA refuse it"
}

func (j *judge) outdatedWords(f *fault) (message, why string) {
	return fmt.Sprintf("in %s %s was signed by %s, which %s", f.file, f.linkName(), f.caName(f.cas[0]), j.whyInvalid(f.cas[0].Certificate)),
		"peers that verify it with this CA refuse it"
}

func (j *judge) forbiddenWords(f *fault) (message, why string) {
	return fmt.Sprintf("in %s %s was signed by %s, whose name constraints do not allow %s", f.file, f.linkName(), f.caName(f.cas[0]), f.detail),
		"its peers refuse it"
}

func (j *judge) missingCAWords(f *fault) (message, why string) {
	ca := f.cas[0]
	return fmt.Sprintf("in %s %s was signed by %s, which %s lacks and %s holds", f.file, f.linkName(), ca.Subject, ca.file, f.detail),
		"peers that trust only the CAs in " + ca.file + " refuse it"
}

func (j *judge) missingIntermediateWords(f *fault) (message, why string) {
	root, intermediate := f.cas[0], f.cas[1]
	return fmt.Sprintf("%s lacks the intermediate %s that signed %s; %s has it", f.file, intermediate.Subject, f.linkName(), f.detail),
		"peers that trust only " + f.caName(root) + " refuse it"
}

func (j *judge) clientOnlyWords(f *fault) (message, why string) {
	return fmt.Sprintf("a server uses it, but it may be used for %s only (extended key usage)", strings.Join(f.link.ExtKeyUsage, ", ")),
		"clients refuse to connect"
}

func (j *judge) outlivesWords(f *fault) (message, why string) {
	ca := f.cas[0]
	return fmt.Sprintf("in %s %s was signed by %s, which expires before it, %s", f.file, f.linkName(), f.caName(ca), j.when(ca.NotAfter)),
		"after that, its peers refuse it"
}

func (j *judge) behindNamesakeWords(f *fault) (message, why string) {
	return fmt.Sprintf("in %s %s was signed by %s, where another CA with that name comes first and no key identifiers distinguish them",
			f.file, f.linkName(), f.caName(f.cas[0])),
		"OpenSSL (nginx, HAProxy, MySQL) tries only the first one and refuses it; Go tries both"
}

// linkName names the certificate that does not chain.
func (f *fault) linkName() string {
	if f.link.CA {
		return "its intermediate " + f.link.Subject
	}
	return "it"
}

// caName names a CA and its file.
func (f *fault) caName(ca locatedCA) string {
	if ca.file == f.file {
		return ca.Subject + " in the same file"
	}
	return ca.Subject + " in " + ca.file
}

// whyInvalid says why a certificate is not valid.
func (j *judge) whyInvalid(c *cert.Certificate) string {
	if j.facts.Now.Before(c.NotBefore) {
		return "becomes valid " + j.when(c.NotBefore)
	}
	return "expired " + j.when(c.NotAfter)
}

func (j *judge) justDeploy(subject) []Step { return j.deploy() }

func (j *judge) addSigner(s subject) []Step {
	return j.reissue(s, fmt.Sprintf("add the CA that signed it to the property that fills %s, or ", s.fault.cas[0].file), "")
}

func (j *judge) reissueWithinConstraints(s subject) []Step {
	return j.reissue(s, "", " for names that its CA may sign, or from another CA")
}

func (j *judge) reissueForServers(s subject) []Step { return j.reissue(s, "", " for serverAuth") }

func (j *judge) addIntermediate(s subject) []Step {
	f := s.fault
	return append([]Step{Do("in the property that fills %s, put %s from %s behind this certificate", f.file, f.cas[1].Subject, f.detail)}, j.deploy()...)
}

func (j *judge) reorder(s subject) []Step {
	return append([]Step{Do("in the property that fills %s, put the CA that signed it first, or remove the other one", s.fault.cas[0].file)}, j.deploy()...)
}

// renewSigner gives a leaf a CA that is valid: the CA's successor signs the leaf, if there
// is a successor, or else the CA is renewed with its key.
func (j *judge) renewSigner(s subject) []Step {
	ca := s.fault.cas[0]
	if j.facts.Now.Before(ca.NotBefore) {
		return append(checkClock(), j.reissue(s, "or ", " from a CA that is valid")...)
	}
	if successor := j.successors[authority{ca.file, ca.Subject}]; successor != nil && successor.NotAfter.After(ca.NotAfter) {
		return j.reissue(s, "", " from the CA that replaces the other one in "+ca.file)
	}
	about := subject{Certificate: ca.Certificate}
	if reference, ok := j.facts.References[ca.Fingerprint]; ok {
		about.reference = &reference
	}
	return append([]Step{Do("for %s:", ca.Subject)}, j.renew(about)...)
}

// behindSource tells whether the source holds another certificate in place of this one,
// which has not expired.
func (j *judge) behindSource(c *cert.Certificate) bool {
	reference, ok := j.facts.References[c.Fingerprint]
	return ok && reference.State == cert.Stale && !j.currentExpired(&reference)
}

// moreInSource tells whether the source holds another CA than the file, in place of the CA
// or in a bundle with it.
func (j *judge) moreInSource(ca locatedCA) bool {
	return j.behindSource(ca.Certificate) || len(j.missing(j.facts.References[ca.Fingerprint].Bundle, ca.file)) > 0
}
