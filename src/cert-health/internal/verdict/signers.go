package verdict

import (
	"slices"

	"cert-health/internal/cert"
)

// signers finds the CA that signed two certificates.
type signers struct {
	deployed []cert.Deployed
	cas      map[string][]*cert.Certificate // by subject; built on first use
	verified map[string]int                 // signatures so far, by the job of the process
	answers  map[pairing]bool
}

// pairing is a deployed certificate and a served one.
type pairing struct{ filed, served cert.Fingerprint }

const (
	// maxSigners is how many CAs of one name are tried. During a rotation there are two.
	maxSigners = 4
	// maxVerified limits the signatures that are verified for the processes of one job. A signature
	// takes up to a millisecond, and a certificate with the names of another job's costs two.
	maxVerified = 200
)

// same tells whether one CA has certainly signed both: a deployed CA, or one that the process sent.
func (s *signers) same(filed *cert.Certificate, served cert.Served) bool {
	pair := pairing{filed.Fingerprint, served.Certificate.Fingerprint}
	answer, known := s.answers[pair]
	if !known {
		answer = s.verify(filed, served)
		s.answers[pair] = answer
	}
	return answer
}

func (s *signers) verify(filed *cert.Certificate, served cert.Served) bool {
	candidates := slices.Clip(s.byName(filed.Issuer))
	for _, ca := range slices.Concat(candidates[:min(len(candidates), maxSigners)], served.Issuers[:min(len(served.Issuers), maxSigners)]) {
		if s.verified[served.Process.Job] >= maxVerified {
			return false
		}
		s.verified[served.Process.Job] += 2
		if filed.SignedBy(ca) == cert.Signed && served.Certificate.SignedBy(ca) == cert.Signed {
			return true
		}
	}
	return false
}

// byName lists the deployed CAs with a subject.
func (s *signers) byName(subject string) []*cert.Certificate {
	if s.cas == nil {
		s.cas, s.verified = map[string][]*cert.Certificate{}, map[string]int{}
		for _, d := range s.deployed {
			if d.Certificate.CA {
				s.cas[d.Certificate.Subject] = append(s.cas[d.Certificate.Subject], d.Certificate)
			}
		}
	}
	return s.cas[subject]
}
