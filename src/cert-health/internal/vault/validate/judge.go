package validate

import (
	"crypto/x509"
	"slices"
	"time"

	"cert-health/internal/cert"
	"cert-health/internal/verdict"
)

// Code is the kind of a finding. Those that package verdict has too mean the same.
type Code string

// The codes. There are no others.
const (
	Expired      = Code(verdict.Expired)
	NotYetValid  = Code(verdict.NotYetValid)
	ExpiringSoon = Code(verdict.ExpiringSoon)
	Expiring     = Code(verdict.Expiring)
	KeyMismatch  = Code(verdict.KeyMismatch)
	Untrusted    = Code(verdict.Untrusted) // its chain or its signer has a fault
	Weak         = Code(verdict.Weak)
	Unreadable   = Code(verdict.Unreadable)

	Revoked Code = "revoked"
	List    Code = "crl"    // the revocation list of a CA
	Serial  Code = "serial" // serial numbers that are given twice, or will be
	Layout  Code = "layout" // something of the layout of safe is missing or differs
	Unmet   Code = "unmet"  // what the command line asks for is not so
)

// Finding is one fault.
type Finding struct {
	Code     Code             `json:"code"`
	Severity verdict.Severity `json:"severity"`
	Key      string           `json:"key,omitempty"`         // of the secret
	About    string           `json:"certificate,omitempty"` // the name of a certificate that is not the secret's own
	Message  string           `json:"message"`
	Steps    []verdict.Step   `json:"next,omitempty"`
}

// Options are what Judge judges by.
type Options struct {
	Thresholds verdict.Thresholds
	Now        time.Time
	Want       Want
}

// Verdict is what was found of one secret.
type Verdict struct {
	Secret   *Secret
	Findings []Finding // the gravest first
}

// Worst is the gravest severity.
func (v *Verdict) Worst() (worst verdict.Severity) {
	for _, f := range v.Findings {
		worst = max(worst, f.Severity)
	}
	return worst
}

// Judge judges secrets, each by itself and all together. beside are secrets that hold CAs and are not judged.
// Secrets without certificates have no verdict.
func Judge(secrets, beside []*Secret, o Options) []Verdict {
	return newJudge(secrets, beside, o).judge(secrets, beside)
}

func (j *judge) judge(secrets, beside []*Secret) (list []Verdict) {
	for _, s := range slices.Concat(secrets, beside) {
		j.addIssued(s)
	}
	for _, s := range secrets {
		if !s.concerned() {
			continue
		}
		v := Verdict{Secret: s}
		for _, check := range []func(*Secret) []Finding{j.unreadable, j.dates, j.pair, j.combined, j.chain, j.signer, j.revoked, j.weak, j.list, j.counter, j.repeated, j.wanted} {
			v.Findings = append(v.Findings, check(s)...)
		}
		slices.SortStableFunc(v.Findings, func(a, b Finding) int { return int(b.Severity) - int(a.Severity) })
		list = append(list, v)
	}
	return list
}

// concerned tells whether the secret has anything to judge.
func (s *Secret) concerned() bool {
	return s.Main() != nil || s.ListFault != "" || slices.ContainsFunc(s.Held, func(h Held) bool { return len(h.Broken) > 0 })
}

// judge is what all checks need.
type judge struct {
	Options
	authorities map[string][]*authority // by subject
	byPrint     map[cert.Fingerprint]*authority
	signersOf   map[cert.Fingerprint][]*authority // verified once
	issued      map[signed][]holder               // by the key that signed and the serial number
	children    map[cert.KeyDigest][]holder
}

// holder is a certificate and the secret that holds it.
type holder struct {
	secret *Secret
	*cert.Certificate
}

func newJudge(secrets, beside []*Secret, o Options) *judge {
	j := &judge{Options: o,
		authorities: map[string][]*authority{}, byPrint: map[cert.Fingerprint]*authority{}, signersOf: map[cert.Fingerprint][]*authority{},
		issued: map[signed][]holder{}, children: map[cert.KeyDigest][]holder{}}
	for _, s := range slices.Concat(secrets, beside) {
		j.addAuthorities(s)
	}
	return j
}

// command is a step of cert-health about a secret.
func command(s *Secret, words ...string) []verdict.Step {
	return []verdict.Step{verdict.Run(append(append([]string{"cert-health", "x509"}, words...), s.Path)...)}
}

// successor are the steps that make a successor with the same key.
func (s *Secret) successor(c *cert.Certificate) []verdict.Step {
	switch {
	case !s.inLayout():
		return []verdict.Step{verdict.Do("make a successor of %s and write it to %s", c.Name(), s.Path)}
	case c.Fingerprint != s.Main().Fingerprint:
		return []verdict.Step{verdict.Do("renew the CA %s where it is kept, then renew %s, which takes its new certificate into the chain", c.Name(), s.Path)}
	case s.unrenewable(c) && c.CA:
		return []verdict.Step{verdict.Do("write the private key of the CA %s to the key %q of %s, then renew it, or renew it where it is kept", c.Name(), privateKey, s.Path)}
	case s.unrenewable(c):
		return s.replacement()
	}
	return command(s, "renew")
}

// unrenewable tells whether the secret does not hold the one key that a successor needs, or holds one of an algorithm in which
// no certificate is made.
func (s *Secret) unrenewable(c *cert.Certificate) bool {
	return len(s.at(privateKey).Private) != 1 || !makeable(c)
}

// makeable tells whether keys of the algorithm are made.
func makeable(c *cert.Certificate) bool {
	return c.KeyAlgorithm == x509.RSA || c.KeyAlgorithm == x509.ECDSA || c.KeyAlgorithm == x509.Ed25519
}

// replacement are the steps that make another certificate with a new key.
func (s *Secret) replacement() []verdict.Step {
	if !s.inLayout() {
		return []verdict.Step{verdict.Do("make the certificate with a new key and write both to %s", s.Path)}
	}
	if own := s.Main(); !makeable(own) || own.KeyAlgorithm == x509.RSA && own.KeyBits < minRSABits {
		return command(s, "reissue", "--bits", "4096")
	}
	return command(s, "reissue")
}
