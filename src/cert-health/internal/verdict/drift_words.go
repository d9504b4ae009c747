package verdict

import (
	"fmt"
	"slices"

	"cert-health/internal/cert"
)

// staleWords say how the source is ahead of the file.
func (j *judge) staleWords(s subject) words {
	r, name := s.reference, j.source().Name()
	switch {
	case j.revoked(s):
		return j.revokedWords(s)
	case r.State == cert.Current:
		return j.bundleWords(s)
	}
	if j.leftOver(s, s.at.File) {
		return words{fmt.Sprintf("%s still trusts it, and %s no longer holds it%s", s.at.File, j.placeOf(r), since(r.Since)),
			"programs that use this file accept every certificate that it signs", j.deploy()}
	}
	w := words{why: j.placeOf(r) + " " + j.holds(r), steps: j.staleSteps(s)}
	switch {
	case r.Current != nil && r.Current.IdentityDigest != (cert.IdentityDigest{}) && r.Current.IdentityDigest != s.IdentityDigest():
		w.message = j.happened("replaced in "+name, r)
		w.why += ", and the certificate there has another subject, other names or other usages"
	case j.rolledBack(s):
		w.message = j.happened("rolled back in "+name, r)
		w.why += ", and the certificate there was issued before this one"
	default:
		w.message = j.happened("renewed in "+name, r) + " but not deployed"
	}
	if j.currentExpired(r) {
		w.why += "; the certificate there has expired too"
	}
	return w
}

// rolledBack tells whether the source went back to a certificate that is older than the
// deployed one, which it held as well.
func (j *judge) rolledBack(s subject) bool {
	r := s.reference
	return r.DeployedVersion > 0 && r.Current != nil && r.Current.NotBefore.Before(s.NotBefore)
}

// happened adds the time of a change, where the source tells it.
func (j *judge) happened(what string, r *cert.Reference) string {
	if r.Since.IsZero() {
		return what
	}
	return what + " " + j.when(r.Since)
}

// holds says which versions there are.
func (j *judge) holds(r *cert.Reference) string {
	held := "holds another one"
	switch {
	case r.CurrentVersion > 0:
		held = fmt.Sprintf("holds version %d", r.CurrentVersion)
	case r.Current != nil:
		held = "holds a newer one"
	}
	switch {
	case r.DeployedVersion > 0:
		held += fmt.Sprintf(", this is version %d", r.DeployedVersion)
	case r.CurrentVersion > 0:
		held += ", newer than this"
	}
	return held
}

// staleSteps bring the source's certificate here, or back to what is deployed.
func (j *judge) staleSteps(s subject) []Step {
	r := s.reference
	switch {
	case j.currentExpired(r):
		return j.renew(s)
	case j.rolledBack(s) && r.Current.IdentityDigest == s.IdentityDigest():
		rollback := j.inSource(Rollback, r, "make version %d the current version of %s again", r.DeployedVersion, j.placeOf(r))
		return slices.Concat([]Step{Do("if this was intended:")}, j.deploy(), []Step{Do("if it was not:")}, rollback)
	}
	return j.deploy()
}

// bundleWords say how the bundle in a file differs from the source's bundle.
func (j *judge) bundleWords(s subject) words {
	r := s.reference
	file := s.at.File
	if missing := j.missing(r.Bundle, file); len(missing) > 0 {
		return words{
			fmt.Sprintf("%s lacks %d of the %d CAs that %s holds%s%s",
				file, len(missing), len(r.Bundle), j.placeOf(r), version(" (version %d)", r.CurrentVersion), since(r.Written)),
			"programs that use this file refuse certificates that the missing CAs signed", j.staleSteps(s)}
	}
	return words{fmt.Sprintf("%s holds the CAs of %s in another order", file, j.placeOf(r)), "the order makes no difference to trust", j.staleSteps(s)}
}

func (j *judge) unexpectedWords(s subject) words {
	where := j.placeOf(s.reference)
	return words{
		j.source().Name() + " has never held this certificate",
		fmt.Sprintf("%s holds another certificate with the same identity%s", where, version(" (version %d)", s.reference.CurrentVersion)),
		slices.Concat([]Step{Do("if it was put there by hand:")}, j.recreate(),
			[]Step{Do("if it is the certificate that you want, write it to %s", where)}),
	}
}

// unavailableWords say why a certificate could not be compared.
func (j *judge) unavailableWords(s subject) words {
	r, name := s.reference, j.source().Name()
	where := j.placeOf(r)
	switch r.State {
	case cert.Behind:
		return words{"it may be out of date",
			fmt.Sprintf("%s holds version %d%s, and nothing is published of that version%s",
				where, r.CurrentVersion, since(r.Since), version("; this is version %d", r.DeployedVersion)),
			j.inSource(Publish, r, "publish the current version of %s", where)}
	case cert.Deleted:
		w := words{"it is gone from " + name, where + " has no current version, so the next deploy will lack it",
			append(j.inSource(Restore, r, "write the certificate to %s again", where), Do("or remove it from the manifest"))}
		if !r.Since.IsZero() {
			w.message = fmt.Sprintf("it was deleted from %s %s", name, j.when(r.Since))
		}
		return w
	}
	return j.undecidedWords(r)
}

// undecidedWords name the secrets that may be about the certificate.
func (j *judge) undecidedWords(r *cert.Reference) words {
	const message = "the secret that it belongs to is unknown"
	hold, have := "hold certificates", "none of them has ever held this one"
	if len(r.Candidates) == 1 {
		hold, have = "holds a certificate", "has never held this one"
	}
	why := fmt.Sprintf("%s %s with its identity, and %s", list(r.Candidates), hold, have)
	if r.Elsewhere {
		if j.onBOSH() {
			why += "; it may be of another deployment: no path names " + j.facts.Deployment
		}
		return words{message, why, j.inSource(Narrow, r, "limit the comparison to the deployment's own secrets")}
	}
	return words{message, why, slices.Concat([]Step{Do("if it was put there by hand:")}, j.recreate(), []Step{Do("if it was not:")}, j.deploy())}
}
