package verdict

import (
	"crypto/x509"
	"slices"
	"strings"

	"cert-health/internal/cert"
)

// minRSABits is what public CAs and current TLS libraries ask for.
const minRSABits = 2048

const strong = "a key of RSA 2048 or ECDSA P-256 and SHA-256"

// weakness is something about a certificate that libraries refuse or soon will, and what
// it has to be reissued with.
type weakness struct {
	severity Severity
	says     string
	with     string
}

// weaknesses are all of a certificate's.
func (j *judge) weaknesses(s subject) []weakness {
	var list []weakness
	for _, find := range []func(subject) *weakness{weakSignature, weakKey, j.nameless, j.ambiguous} {
		if found := find(s); found != nil {
			list = append(list, *found)
		}
	}
	return list
}

func gravest(list []weakness) Severity {
	return slices.MaxFunc(list, func(a, b weakness) int { return int(a.severity - b.severity) }).severity
}

func weakSignature(s subject) *weakness {
	switch s.SignatureAlgorithm {
	case x509.MD2WithRSA, x509.MD5WithRSA, x509.SHA1WithRSA, x509.DSAWithSHA1, x509.ECDSAWithSHA1:
		// Nobody verifies a root's signature on itself.
		if !s.Root() {
			return &weakness{Warning, "it is signed with " + s.SignatureAlgorithm.String() + ", which can be forged and which current TLS libraries refuse", strong}
		}
	}
	return nil
}

func weakKey(s subject) *weakness {
	if s.KeyAlgorithm == x509.RSA && s.KeyBits > 0 && s.KeyBits < minRSABits {
		return &weakness{Warning, "its RSA key has " + itoa(s.KeyBits) + " bits, fewer than 2048, and current TLS libraries refuse it", strong}
	}
	return nil
}

// nameless finds a server's certificate without alternative names. Many are issued for
// both sides, or without saying for which, and are never shown by a server: of those it
// is only information, unless it is known that a server shows them.
func (j *judge) nameless(s subject) *weakness {
	if s.CA || len(s.SANs) > 0 || !s.ServerAuth() {
		return nil
	}
	const refused = "Go and browsers refuse it, for they do not look at the common name"
	if j.served[s.Fingerprint] || !s.ClientAuth() {
		return &weakness{Warning, "it has no subject alternative name: " + refused, "the server's names as alternative names"}
	}
	return &weakness{Info, "it has no subject alternative name: if a server shows it, " + refused, "alternative names, if a server shows it"}
}

// ambiguous finds a certificate whose serial number its issuer has given to another one
// too.
func (j *judge) ambiguous(s subject) *weakness {
	for _, other := range j.serials[issued{s.Issuer, s.Serial}] {
		if other.Certificate != s.Certificate && j.sameSigner(s.Certificate, other.Certificate) {
			return &weakness{Warning, "its serial number " + s.Serial + " is also that of " + other.Certificate.Name() + " at " + other.Locations[0].Place() +
				", of the same issuer: who revokes one revokes both, and Firefox refuses the second that it meets", "a serial number of its own"}
		}
	}
	return nil
}

// issued is what should tell a certificate from all others.
type issued struct{ issuer, serial string }

// sharedSerials are the certificates that have serial number and issuer's name in common
// with others. A root is none of them: one that was renewed in place, by the same key, as
// a rule keeps its number, and nobody looks at it.
func sharedSerials(deployed []cert.Deployed) map[issued][]*cert.Deployed {
	first := make(map[issued]*cert.Deployed, len(deployed))
	shared := map[issued][]*cert.Deployed{}
	for i := range deployed {
		d := &deployed[i]
		if d.Certificate.SelfIssued {
			continue
		}
		by := issued{d.Certificate.Issuer, d.Certificate.Serial}
		if first[by] == nil {
			first[by] = d
			continue
		}
		if shared[by] == nil {
			shared[by] = []*cert.Deployed{first[by]}
		}
		shared[by] = append(shared[by], d)
	}
	return shared
}

// sameSigner tells whether one key certainly signed both: several CAs of one name count
// their certificates each for itself.
func (j *judge) sameSigner(a, b *cert.Certificate) bool {
	return a.SameSigner(b) || slices.ContainsFunc(j.cas[a.Issuer], func(ca *deployedCA) bool {
		return j.signing(a, ca.Certificate) == cert.Signed && j.signing(b, ca.Certificate) == cert.Signed
	})
}

func (j *judge) weakMessage(s subject) string {
	var says []string
	for _, w := range j.weaknesses(s) {
		says = append(says, w.says)
	}
	return strings.Join(says, "; and ")
}

func (j *judge) weakNext(s subject) string {
	var with []string
	for _, w := range j.weaknesses(s) {
		with = append(with, w.with)
	}
	return "reissue it with " + strings.Join(slices.Compact(with), " and ") + ": " + j.reissue(s)
}
