package verdict

import (
	"fmt"
	"slices"
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
	case r == nil && j.facts.Unanswered && s.at.Class == cert.JobFile:
		name := j.source().Name()
		in := name
		if strings.HasPrefix(name, "the ") { // the hub: it knows stores, and holds nothing
			in, name = "its store", "a store of "+name
		}
		steps = at(Renewing, Do("renew it in %s if %s holds it, which is not known yet; otherwise %s", in, name, j.renewAtIssuer(s)))
	case r == nil:
		steps = at(Renewing, Do("%s", j.renewAtIssuer(s)))
	case r.State == cert.Ambiguous && r.Elsewhere && j.onBOSH():
		steps = at(Renewing, Do("%s may not hold it: %s", j.source().Name(), j.renewAtIssuer(s)))
	case r.State == cert.Ambiguous:
		steps = at(Renewing, Do("renew the right one of %s", list(r.Candidates)))
	case r.State == cert.Deleted:
		steps = at(Renewing, Do("write a new certificate to %s", j.placeOf(r)))
	case r.Path == "":
		steps = at(Renewing, Do("%s does not hold it: %s", j.source().Name(), j.renewAtIssuer(s)))
	default:
		steps = j.heldSteps(Renew, j.held(s), "renew the certificate in %s", j.placeOf(r))
	}
	return append(steps, j.deploy()...)
}

func (j *judge) renewAtIssuer(s subject) string {
	if j.selfSigned(s.Certificate) {
		return "make a successor of this self-signed certificate (" + s.Subject + ")" + j.keptWhere(" in ")
	}
	return "renew it at its issuer (" + s.issuerName() + ")" + j.keptWhere(", in ")
}

// keptWhere is the kind of place that holds the certificates of a deployment.
func (j *judge) keptWhere(in string) string {
	if !j.onBOSH() {
		return ""
	}
	return in + "the secret store or variables file from which the manifest takes it"
}

// issuerName names the issuer and its key. Two CAs may have one name.
func (s subject) issuerName() string {
	if s.AuthorityKeyID == "" {
		return s.Issuer
	}
	return s.Issuer + ", key identifier " + s.AuthorityKeyID
}

// reissue are the steps that make another certificate and bring it here. What to do
// instead stands before the sentence, and what must be different behind it.
func (j *judge) reissue(s subject, instead, difference string) []Step {
	text := instead + "reissue it" + difference
	if s.reference != nil {
		if own := j.source().Steps(Reissue, j.held(s)); len(own) > 0 {
			return slices.Concat(at(Renewing, append([]Step{Do("%s:", text)}, own...)...), j.deploy())
		}
	}
	if j.selfSigned(s.Certificate) {
		text = instead + "reissue this self-signed certificate" + difference
	} else {
		text += " at its issuer (" + s.Issuer + ")"
	}
	return append(at(Renewing, Do("%s", text)), j.deploy()...)
}

// currentExpired tells whether the certificate that the source holds has expired.
func (j *judge) currentExpired(r *cert.Reference) bool {
	return r.Current != nil && r.Current.NotAfter.Before(j.facts.Now)
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
