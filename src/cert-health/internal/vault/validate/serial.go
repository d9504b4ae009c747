package validate

import (
	"fmt"
	"math/big"

	"cert-health/internal/cert"
	"cert-health/internal/verdict"
)

// signed is a serial number that a key gave.
type signed struct {
	key    cert.KeyDigest
	serial string
}

// addIssued notes the certificates of a secret by the key that signed them. A certificate that signed itself has a
// number that no one else gives.
func (j *judge) addIssued(s *Secret) {
	s.each(func(_ string, c *cert.Certificate) {
		signers := j.signers(c)
		if len(signers) == 0 || c.SelfSigned() {
			return
		}
		key := signers[0].PublicKey
		j.issued[signed{key, c.Serial}] = append(j.issued[signed{key, c.Serial}], holder{s, c})
		j.children[key] = append(j.children[key], holder{s, c})
	})
}

// repeated finds a certificate whose CA gave its serial number to another one, too.
func (j *judge) repeated(s *Secret) []Finding {
	own := s.Main()
	if own == nil || own.SelfSigned() {
		return nil
	}
	for _, a := range j.signers(own) {
		for _, other := range j.issued[signed{a.PublicKey, own.Serial}] {
			if other.Fingerprint != own.Fingerprint {
				return []Finding{{Code: Serial, Severity: verdict.Warning, Steps: command(s, "renew"),
					Message: fmt.Sprintf("its CA gave its serial number %s also to %s (%s): to revoke one is to revoke both", own.Serial, other.Name(), other.secret.Path)}}
			}
		}
	}
	return nil
}

// maxAhead is how far behind its certificates a counter is looked at, in bits. Random numbers are farther away.
const maxAhead = 20

// counter finds a CA whose counter is not a number, or gives numbers again that it has given.
func (j *judge) counter(s *Secret) []Finding {
	own := s.Main()
	if s.Serial == "" || own == nil || !own.CA {
		return nil
	}
	last, ok := new(big.Int).SetString(s.Serial, 16)
	if !ok || last.Sign() < 0 {
		return []Finding{{Code: Serial, Severity: verdict.Error, Key: serialKey,
			Message: fmt.Sprintf("its key %q is not a hexadecimal number: no certificate can be issued", serialKey),
			Steps:   []verdict.Step{verdict.Do("write the serial number of the last certificate that %s issued to its key %q", s.Path, serialKey)}}}
	}
	highest, at := last, holder{}
	for _, child := range j.children[own.PublicKey] {
		number, ok := new(big.Int).SetString(child.Serial, 16)
		if ok && number.Cmp(highest) > 0 && new(big.Int).Sub(number, last).BitLen() <= maxAhead {
			highest, at = number, child
		}
	}
	if at.secret == nil {
		return nil
	}
	return []Finding{{Code: Serial, Severity: verdict.Warning, Key: serialKey,
		Message: fmt.Sprintf("its counter of serial numbers (%s) is behind %s (%s), which has %s: it will give numbers twice", last.Text(16), at.Name(), at.secret.Path, at.Serial),
		Steps:   []verdict.Step{verdict.Do("write %s to the key %q of %s", highest.Text(16), serialKey, s.Path)}}}
}
