package verdict

import (
	"cert-health/internal/budget"
	"cert-health/internal/cert"
)

// signers finds the CA that signed two certificates. The job of the process that serves one of them
// pays for each signature that is verified. What it cannot pay for is not known to be signed, and the
// meter knows it.
type signers struct {
	deployed []cert.Deployed
	budget   *budget.Meter
	cas      map[string][]*deployedCA                // by subject; built on first use
	of       map[*cert.Certificate]*cert.Certificate // the deployed CA that signed a deployed certificate; nil if none did
	answers  map[pairing]bool
}

// pairing is a deployed certificate and a served one.
type pairing struct{ filed, served cert.Fingerprint }

// same tells whether one CA has certainly signed both: a deployed CA, or one that the process sent.
func (s *signers) same(filed *cert.Certificate, served cert.Served) bool {
	pair := pairing{filed.Fingerprint, served.Certificate.Fingerprint}
	answer, known := s.answers[pair]
	if !known {
		answer, known = s.verify(filed, served)
		if known {
			s.answers[pair] = answer
		}
	}
	return answer
}

// verify tells whether one CA signed both. That is not known if the job cannot pay.
func (s *signers) verify(filed *cert.Certificate, served cert.Served) (same, known bool) {
	job := served.Process.Job
	ca, known := s.signer(filed, job)
	if !known {
		return false, false
	}
	if ca != nil {
		return s.signed(served.Certificate, ca, job)
	}
	for _, ca := range served.Issuers {
		if ca.Subject != filed.Issuer {
			continue
		}
		for _, c := range []*cert.Certificate{filed, served.Certificate} {
			if same, known = s.signed(c, ca, job); !known {
				return false, false
			} else if !same {
				break
			}
		}
		if same {
			return true, true
		}
	}
	return false, true
}

// signer is the deployed CA that signed a deployed certificate; nil if there is none. It is not known
// if the job cannot pay.
func (s *signers) signer(filed *cert.Certificate, job string) (ca *cert.Certificate, known bool) {
	if ca, known = s.of[filed]; known {
		return ca, true
	}
	if s.cas == nil {
		s.cas, _ = deployedCAs(s.deployed)
	}
	for _, candidate := range likelySigners(s.cas[filed.Issuer], filed, job) {
		signed, known := s.signed(filed, candidate.Certificate, job)
		if !known {
			return nil, false
		}
		if signed {
			ca = candidate.Certificate
			break
		}
	}
	s.of[filed] = ca
	return ca, true
}

// signed verifies a signature, if the job can pay.
func (s *signers) signed(c, ca *cert.Certificate, job string) (signed, known bool) {
	if !s.budget.Of(accountOf(job)).Spend(budget.Claims, ca.VerificationCost()) {
		return false, false
	}
	return c.SignedBy(ca) == cert.Signed, true
}
