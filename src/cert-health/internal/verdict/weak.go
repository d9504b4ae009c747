package verdict

import (
	"crypto/x509"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"cert-health/internal/cert"
)

// minRSABits is what public CAs and current TLS libraries require.
const minRSABits = 2048

const strong = "a key of RSA 2048 or ECDSA P-256 and SHA-256"

// weakness is a property of a certificate that libraries refuse, or soon will.
type weakness struct {
	severity Severity
	message  string
	why      string
	with     string // what it must be reissued with
}

// weak looks for weaknesses. All of a certificate's weaknesses are one finding.
func (j *judge) weak(s subject, where place, _ Thresholds) *draft {
	list := j.weaknesses(s)
	switch {
	case len(list) == 0:
		return nil
	case j.unused(s, where):
		return &draft{code: Weak, severity: Info, evidence: evidence{weaknesses: list, relief: relief{kind: unused}}}
	}
	return &draft{code: Weak, severity: gravest(list), evidence: evidence{weaknesses: list}}
}

// weaknesses are the same at all places of a certificate, and found once.
func (j *judge) weaknesses(s subject) []weakness {
	if j.found.in != s.Certificate {
		j.found.in, j.found.weaknesses = s.Certificate, j.findWeaknesses(s)
	}
	return j.found.weaknesses
}

func (j *judge) findWeaknesses(s subject) []weakness {
	var list []weakness
	for _, find := range []func(subject) *weakness{refused, j.weakSignature, weakKey, tooManyNames, j.withoutNames, j.repeatedSerial} {
		if found := find(s); found != nil {
			list = append(list, *found)
		}
	}
	return list
}

func gravest(list []weakness) Severity {
	return slices.MaxFunc(list, func(a, b weakness) int { return int(a.severity - b.severity) }).severity
}

// refused finds a certificate that some programs cannot read.
func refused(s subject) *weakness {
	if s.Refused == "" {
		return nil
	}
	why := "these programs do not connect to a peer with this certificate"
	if s.CA {
		why = "these programs accept no certificate that it signed"
	}
	return &weakness{Warning, s.Refused, why, "contents that Go programs accept"}
}

func (j *judge) weakSignature(s subject) *weakness {
	switch s.SignatureAlgorithm {
	case x509.MD2WithRSA, x509.MD5WithRSA, x509.SHA1WithRSA, x509.DSAWithSHA1, x509.ECDSAWithSHA1:
		if !s.CA || !j.selfSigned(s.Certificate) { // no program verifies the signature of a root on itself
			algorithm := s.SignatureAlgorithm.String()
			return &weakness{Warning, "it is signed with " + algorithm,
				"signatures with " + algorithm + " can be forged, and current TLS libraries refuse them", strong}
		}
	}
	return nil
}

func weakKey(s subject) *weakness {
	if s.KeyAlgorithm == x509.RSA && s.KeyBits > 0 && s.KeyBits < minRSABits {
		return &weakness{Warning, "its RSA key has " + strconv.Itoa(s.KeyBits) + " bits",
			"current TLS libraries refuse RSA keys of fewer than 2048 bits", strong}
	}
	if s.KeyBits > cert.MaxKeyBits {
		return &weakness{Warning, "its key has " + strconv.Itoa(s.KeyBits) + " bits",
			"OpenSSL and cert-health do not verify signatures with keys of more than " + strconv.Itoa(cert.MaxKeyBits) + " bits", strong}
	}
	return nil
}

// tooManyNames finds a certificate whose names or name constraints are not compared. It is
// information for a leaf: few CAs have name constraints.
func tooManyNames(s subject) *weakness {
	const why = "cert-health compares at most %d of them with %s, and Go programs refuse chains with more than 250000 such comparisons"
	switch {
	case s.NameConstraints() > cert.MaxConstraints:
		return &weakness{Warning, "it has " + strconv.Itoa(s.NameConstraints()) + " name constraints",
			fmt.Sprintf(why, cert.MaxConstraints, "the names of a leaf"), "fewer name constraints"}
	case !s.CA && len(s.SANs) > cert.MaxNames:
		return &weakness{Info, "it has " + strconv.Itoa(len(s.SANs)) + " alternative names",
			fmt.Sprintf(why, cert.MaxNames, "the name constraints of a CA"), "fewer names"}
	}
	return nil
}

// withoutNames finds a server's certificate without alternative names. Many certificates
// are issued for both sides, or for no stated purpose, and no server uses them: for these it
// is information, unless a server is known to use them.
func (j *judge) withoutNames(s subject) *weakness {
	if s.CA || len(s.SANs) > 0 || !s.ServerAuth() {
		return nil
	}
	const message, why = "it has no subject alternative name", "Go and browsers refuse it, because they ignore the common name"
	if j.served[s.Fingerprint] || !s.ClientAuth() {
		return &weakness{Warning, message, why, "the server's names as alternative names"}
	}
	return &weakness{Info, message, "if a server uses it, " + why, "alternative names, if a server uses it"}
}

func (j *judge) weakWords(s subject) words {
	var messages, whys, with []string
	for _, w := range s.evidence.weaknesses {
		messages, whys, with = append(messages, w.message), append(whys, w.why), append(with, w.with)
	}
	if s.relief.kind == unused {
		return words{strings.Join(messages, "; "), strings.Join(whys, "; "), j.relieved(s)}
	}
	return words{strings.Join(messages, "; "), strings.Join(whys, "; "),
		j.reissue(s, "", " with "+strings.Join(slices.Compact(with), " and "))}
}
