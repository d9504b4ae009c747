package verdict

import (
	"fmt"
	"strings"
	"time"

	"cert-health/internal/cert"
)

// staleMessage says how the store is ahead of what is deployed.
func (j *judge) staleMessage(s subject) string {
	r := s.reference
	switch {
	case r.State == cert.Current:
		return j.bundleMessage(s)
	case r.Current == nil:
		return fmt.Sprintf("%s but not deployed: %s %s", j.happened("renewed in Vault", r), r.FullPath(), holds(r))
	case r.Current.Identity != (cert.IdentityDigest{}) && r.Current.Identity != s.IdentityDigest():
		return fmt.Sprintf("%s: %s %s, and what it holds has another subject, other names or usages%s",
			j.happened("replaced in Vault", r), r.FullPath(), holds(r), j.expiredToo(r))
	case r.DeployedVersion > 0 && r.Current.NotBefore.Before(s.NotBefore):
		return fmt.Sprintf("%s: %s %s, and what it holds was issued before this one%s",
			j.happened("taken back in Vault", r), r.FullPath(), holds(r), j.expiredToo(r))
	}
	return fmt.Sprintf("%s but not deployed: %s %s%s", j.happened("renewed in Vault", r), r.FullPath(), holds(r), j.expiredToo(r))
}

// happened adds when it did, as far as the store tells.
func (j *judge) happened(what string, r *cert.Reference) string {
	if r.Since.IsZero() {
		return what
	}
	return what + " " + j.when(r.Since)
}

// holds says which versions there are.
func holds(r *cert.Reference) string {
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

func (j *judge) expiredToo(r *cert.Reference) string {
	if j.heldExpired(r) {
		return ", which has expired too"
	}
	return ""
}

// bundleMessage says how a bundle differs that holds this one, as the store's does.
func (j *judge) bundleMessage(s subject) string {
	r := s.reference
	for _, location := range s.locations {
		if lacking := j.lacking(r.Bundle, location.File); len(lacking) > 0 {
			return fmt.Sprintf("the bundle beside it lacks %d of the %d CAs that %s holds%s%s: what they signed is refused there",
				len(lacking), len(r.Bundle), r.FullPath(), version(" (version %d)", r.CurrentVersion), since(r.Written))
		}
	}
	return fmt.Sprintf("the same CAs as in %s stand in another order; to trust that makes no difference", r.FullPath())
}

// since adds from when on something is so, as far as the store tells.
func since(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return " since " + Stamp(t)
}

// staleNext brings the store's certificate here, if that is what is wanted.
func (j *judge) staleNext(s subject) string {
	r := s.reference
	switch {
	case j.heldExpired(r):
		return j.renew(s)
	case r.DeployedVersion > 0 && r.Current != nil && r.Current.Identity == s.IdentityDigest() && r.Current.NotBefore.Before(s.NotBefore):
		return fmt.Sprintf("if that was meant: %s; if not: vault kv rollback -mount=%s -version=%d %s",
			j.deploy(), strings.TrimSuffix(r.Mount, "/"), r.DeployedVersion, r.Path)
	}
	return j.deploy()
}

// unavailableMessage says why a certificate could not be compared.
func (j *judge) unavailableMessage(s subject) string {
	r := s.reference
	switch r.State {
	case cert.Behind:
		return fmt.Sprintf("it may be out of date: %s holds version %d%s, of which nothing is published%s",
			r.FullPath(), r.CurrentVersion, since(r.Since), version("; this is version %d", r.DeployedVersion))
	case cert.Deleted:
		if r.Since.IsZero() {
			return fmt.Sprintf("it is gone from Vault: %s has no current version any more", r.FullPath())
		}
		return fmt.Sprintf("it was deleted from Vault %s: %s has no current version any more", j.when(r.Since), r.FullPath())
	}
	return fmt.Sprintf("which secret it belongs to cannot be told: %s hold certificates of its identity, and none has ever held this one", list(r.Candidates))
}

// unavailableNext makes it comparable again.
func (j *judge) unavailableNext(s subject) string {
	r := s.reference
	switch r.State {
	case cert.Behind:
		return "cert-health publish --vault-path " + r.FullPath()
	case cert.Deleted:
		if r.Since.IsZero() {
			return fmt.Sprintf("the next deploy will miss it: write it to %s again, or take it out of the manifest", r.FullPath())
		}
		return fmt.Sprintf("the next deploy will miss it: vault kv undelete -mount=%s -versions=%d %s, or take it out of the manifest",
			strings.TrimSuffix(r.Mount, "/"), r.CurrentVersion, r.Path)
	}
	return "name the deployment's own paths in vault.paths"
}
