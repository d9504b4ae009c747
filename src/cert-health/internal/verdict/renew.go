package verdict

import (
	"fmt"
	"strings"

	"cert-health/internal/cert"
)

// renew are the steps that make a successor of a certificate and bring it here.
func (j *judge) renew(s subject) []Step {
	if own := j.renewOwn(s); len(own) > 0 {
		return own
	}
	r := s.reference
	var steps []Step
	switch {
	case r == nil:
		steps = []Step{Do("%s", j.renewAtIssuer(s))}
	case r.State == cert.Ambiguous:
		steps = []Step{Do("renew the right one of %s", list(r.Candidates))}
	case r.State == cert.Deleted:
		steps = []Step{Do("write a new certificate to %s", j.placeOf(r))}
	case r.Path == "":
		steps = []Step{Do("%s does not hold it: %s", j.source().Name(), j.renewAtIssuer(s))}
	default:
		steps = j.inSource(Renew, r, "renew the certificate in %s", j.placeOf(r))
	}
	return append(steps, j.deploy())
}

func (j *judge) renewAtIssuer(s subject) string {
	if j.selfSigned(s.Certificate) {
		return "renew this self-signed certificate where it was made"
	}
	return "renew it at its issuer (" + s.Issuer + ")"
}

// reissue are the steps that make another certificate and bring it here. What to do
// instead stands before the sentence, and what must be different behind it.
func (j *judge) reissue(s subject, instead, difference string) []Step {
	text := instead + "reissue it" + difference
	if s.reference != nil {
		if own := j.source().Steps(Reissue, *s.reference); len(own) > 0 {
			return append(append([]Step{Do("%s:", text)}, own...), j.deploy())
		}
	}
	if j.selfSigned(s.Certificate) {
		text = instead + "reissue this self-signed certificate" + difference
	} else {
		text += " at its issuer (" + s.Issuer + ")"
	}
	return []Step{Do("%s", text), j.deploy()}
}

// currentExpired tells whether the certificate that the source holds has expired.
func (j *judge) currentExpired(r *cert.Reference) bool {
	return r.Current != nil && r.Current.NotAfter.Before(j.facts.Now)
}

func (j *judge) deploy() Step { return j.bosh("deploy") }

func (j *judge) recreate(flags ...string) Step { return j.onInstance("recreate", flags...) }

func (j *judge) restart() Step { return j.onInstance("restart") }

// onInstance is a command of the BOSH CLI about this VM.
func (j *judge) onInstance(command string, flags ...string) Step {
	arguments := []string{command}
	if j.facts.Instance != "" {
		arguments = append(arguments, j.facts.Instance)
	}
	return j.bosh(append(arguments, flags...)...)
}

func (j *judge) bosh(arguments ...string) Step {
	if j.facts.Deployment == "" {
		return Run(append([]string{"bosh"}, arguments...)...)
	}
	return Run(append([]string{"bosh", "-d", j.facts.Deployment}, arguments...)...)
}

// list writes up to three names, and how many more there are.
func list(names []string) string {
	shown := names[:min(len(names), 3)]
	if more := len(names) - len(shown); more > 0 {
		return strings.Join(shown, ", ") + fmt.Sprintf(" and %d more", more)
	}
	if len(shown) < 2 {
		return strings.Join(shown, "")
	}
	last := len(shown) - 1
	return strings.Join(shown[:last], ", ") + " and " + shown[last]
}

// version writes a version number where there is one.
func version(format string, number int) string {
	if number == 0 {
		return ""
	}
	return fmt.Sprintf(format, number)
}
