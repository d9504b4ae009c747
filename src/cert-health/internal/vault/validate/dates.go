package validate

import (
	"fmt"
	"strings"

	"cert-health/internal/cert"
	"cert-health/internal/verdict"
)

// each calls do for every certificate of a secret, each once, with the first key that holds it.
func (s *Secret) each(do func(key string, c *cert.Certificate)) {
	seen := map[cert.Fingerprint]bool{}
	for _, held := range s.Held {
		for _, c := range held.Certificates {
			if !seen[c.Fingerprint] {
				seen[c.Fingerprint] = true
				do(held.Key, c)
			}
		}
	}
}

// about names a certificate that is not the one that the secret is about.
func (s *Secret) about(c *cert.Certificate) string {
	if c.Fingerprint == s.Main().Fingerprint {
		return ""
	}
	return c.Name()
}

// dates finds certificates that are not valid now, or soon will not be.
func (j *judge) dates(s *Secret) (found []Finding) {
	s.each(func(key string, c *cert.Certificate) {
		code := j.Thresholds.Validity(c, j.Now)
		if code == "" || j.Want.Expired && code == verdict.Expired && s.about(c) == "" {
			return
		}
		f := Finding{Code: Code(code), Severity: severityOf(code), Key: key, About: s.about(c), Steps: s.successor(c)}
		switch code {
		case verdict.Expired:
			f.Message = "expired " + j.when(c)
		case verdict.NotYetValid:
			f.Message = fmt.Sprintf("becomes valid %s (%s)", verdict.Relative(c.NotBefore, j.Now), verdict.Stamp(c.NotBefore))
		default:
			f.Message = "expires " + j.when(c)
		}
		found = append(found, f)
	})
	return found
}

// when is the end of a certificate for people.
func (j *judge) when(c *cert.Certificate) string {
	return fmt.Sprintf("%s (%s)", verdict.Relative(c.NotAfter, j.Now), verdict.Stamp(c.NotAfter))
}

func severityOf(code verdict.Code) verdict.Severity {
	switch code {
	case verdict.Expired, verdict.NotYetValid:
		return verdict.Critical
	case verdict.ExpiringSoon:
		return verdict.Error
	}
	return verdict.Warning
}

// unreadable finds what looks like a certificate and is none.
func (j *judge) unreadable(s *Secret) (found []Finding) {
	for _, held := range s.Held {
		for _, reason := range held.Broken {
			message := strings.TrimSuffix(reason, ".")
			if held.Key != "" {
				message = fmt.Sprintf("its key %q holds a certificate that cannot be read: %s", held.Key, message)
			}
			found = append(found, Finding{Code: Unreadable, Severity: verdict.Error, Key: held.Key, Message: message})
		}
	}
	return found
}
