package reference

import (
	"path"
	"slices"
	"strings"
	"time"

	"cert-health/internal/cert"
)

// Secrets of many deployments may be in one store, and each deployment may hold certificates
// with the same names. So a match by the identity digest alone counts only if the secret
// belongs to the deployment. A match by the fingerprint counts wherever the secret is.

// belongs tells whether a secret is known to belong to the deployment: its path names the
// deployment, or the secrets beside it contain another leaf of the same job.
func (r *resolver) belongs(m match, d *cert.Deployed) bool {
	return r.own(m) || slices.ContainsFunc(d.Locations, func(l cert.Location) bool {
		return r.homes[home{l.Job, path.Dir(m.secret.String())}]
	})
}

// home is a directory of the store that contains a leaf of a job, by its fingerprint. What
// another job has proves nothing: it may have a certificate of another deployment.
type home struct{ job, directory string }

func (r *resolver) findHomes(deployed []cert.Deployed) {
	for _, d := range deployed {
		if d.Certificate.CA {
			continue // deployments share CAs
		}
		f := d.Certificate.Fingerprint
		for _, m := range slices.Concat(r.current[f], r.past[f]) {
			for _, l := range d.Locations {
				r.homes[home{l.Job, path.Dir(m.secret.String())}] = true
			}
		}
	}
}

// own tells whether the path of the secret names the deployment.
func (r *resolver) own(m match) bool { return Names(m.secret.String(), r.deployment) }

// Names tells whether a path names a deployment: one element of the path is its name, or several
// in a row are, as in us/west/cf for us-west-cf. No path names an unknown deployment.
func Names(path, deployment string) bool {
	if deployment == "" {
		return false
	}
	elements := strings.Split(path, "/")
	for first := range elements {
		for last := first + 1; last <= len(elements); last++ {
			name := strings.Join(elements[first:last], "-")
			if name == deployment {
				return true
			}
			if len(name) > len(deployment) {
				break
			}
		}
	}
	return false
}

// preferOwn returns the secrets that belong to the deployment, or all if none is known to.
func (r *resolver) preferOwn(matches []match, d *cert.Deployed) []match {
	own := slices.DeleteFunc(slices.Clone(matches), func(m match) bool { return !r.belongs(m, d) })
	if len(own) > 0 {
		return own
	}
	return matches
}

// elsewhere tells whether a certificate has only its identity digest in common with the
// secrets, and none of them is known to belong to the deployment. If the deployment is not
// known, a single secret counts as its own.
func (r *resolver) elsewhere(matches []match, d *cert.Deployed) bool {
	if r.deployment == "" && len(matches) == 1 {
		return false
	}
	return !slices.ContainsFunc(matches, func(m match) bool {
		return m.entry == nil || m.entry.Fingerprint == d.Certificate.Fingerprint || sameKey(m, d.Certificate) || r.belongs(m, d)
	})
}

// inDoubt returns since when a certificate differs from all secrets that may be its own: since
// the first of them was written, but not before the certificate was issued. A secret that
// somebody adds later does not change that.
func inDoubt(matches []match, c *cert.Certificate) time.Time {
	var since time.Time
	for _, m := range matches {
		written := m.secret.Created
		if written.IsZero() {
			written = m.entry.NotBefore // no version was written before its certificate was issued
		}
		if since.IsZero() || written.Before(since) {
			since = written
		}
	}
	if since.Before(c.NotBefore) {
		return c.NotBefore
	}
	return since
}
