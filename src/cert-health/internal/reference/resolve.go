package reference

import "cert-health/internal/cert"

// Resolve returns the references of deployed certificates. It omits the certificates for
// which the store was never searched: nothing is known about them.
//
// The fingerprint decides first, in current versions and then in older ones. If no version
// contains it, the identity digest decides, if the secret belongs to the deployment. If several
// secrets match, those of the deployment come first. The secret that is about a CA precedes the secrets of leaves
// that contain a copy of it, also if only an older version of the CA's secret contains it. If
// several secrets of the deployment match, the public key tells them apart, and then their names.
func (k *Knowledge) Resolve(deployed []cert.Deployed, deployment string) map[cert.Fingerprint]cert.Reference {
	r := newResolver(k, deployment, deployed)
	references := make(map[cert.Fingerprint]cert.Reference, len(deployed))
	for _, d := range deployed {
		if reference, asked := r.resolve(&d); asked {
			reference.Revoked = r.revocation(d.Certificate)
			references[d.Certificate.Fingerprint] = reference
		}
	}
	return references
}

func (r *resolver) resolve(d *cert.Deployed) (reference cert.Reference, asked bool) {
	c := d.Certificate
	matches := r.candidates(d)
	elsewhere := r.elsewhere(matches, d)
	if elsewhere {
		matches = existing(matches) // what is deleted elsewhere does not concern this deployment
	}
	switch {
	case elsewhere && len(matches) > 0:
		return cert.Reference{State: cert.Ambiguous, Candidates: paths(matches), Elsewhere: true}, true
	case len(matches) > 1:
		return cert.Reference{State: cert.Ambiguous, Candidates: paths(matches), Since: inDoubt(matches, c)}, true
	case len(matches) == 0:
		_, asked = r.asked[c.IdentityDigest()]
		return cert.Reference{State: cert.Unknown}, asked
	case matches[0].entry == nil:
		return inOlderVersion(matches[0], c.IdentityDigest()), true
	case matches[0].entry.Fingerprint == c.Fingerprint:
		return inKnownVersion(matches[0]), true
	default:
		return inNoVersion(matches[0], c), true
	}
}

// inKnownVersion is the reference of a certificate that the newest known version contains.
func inKnownVersion(m match) cert.Reference {
	reference := to(m)
	reference.DeployedVersion = m.secret.Known
	switch {
	case m.secret.Deleted:
		reference.State, reference.Since = cert.Deleted, m.secret.Since
	case !m.secret.current():
		reference.State, reference.Since = cert.Behind, m.secret.Behind
	default:
		reference.State = cert.Current
	}
	return reference
}

// inOlderVersion is the reference of a certificate that an older version contains. Its
// successor is the entry with the same identity digest, or else the first entry.
func inOlderVersion(m match, identity cert.IdentityDigest) cert.Reference {
	version := m.secret.Older[m.past]
	m.entry = m.secret.find(func(e Entry) bool { return e.IdentityDigest == identity })
	if m.entry == nil && len(m.secret.Entries) > 0 {
		m.entry = &m.secret.Entries[0]
	}
	reference := to(m)
	reference.State = cert.Stale
	reference.DeployedVersion = version.Number
	reference.Since = m.secret.successor(m.past)
	if m.secret.Deleted {
		reference.State, reference.Since = cert.Deleted, m.secret.Since
	}
	return reference
}

// inNoVersion is the reference of a certificate that no known version contains, although an
// entry has the same identity digest. A newer entry is most likely its successor. An older
// entry is not, so the deployed certificate does not come from this store. If the current
// version is not published yet, it may contain the certificate.
func inNoVersion(m match, c *cert.Certificate) cert.Reference {
	reference := to(m)
	reference.Since = m.secret.Created
	switch {
	case m.secret.Deleted:
		reference.State, reference.Since = cert.Deleted, m.secret.Since
	case !m.secret.current():
		reference.State, reference.Since = cert.Behind, m.secret.Behind
	case m.entry.NotBefore.After(c.NotBefore):
		reference.State = cert.Stale
	default:
		reference.State = cert.Unexpected
	}
	return reference
}

// to returns a reference to a secret, without its state.
func to(m match) cert.Reference {
	reference := cert.Reference{Mount: m.secret.Mount, Path: m.secret.Path.Path, CurrentVersion: m.secret.Version, Written: m.secret.Created}
	if m.secret.Unread != "" {
		reference.LastSeen = m.secret.ReadAt
	}
	if m.entry != nil {
		summary := m.entry.Summary
		reference.Key, reference.Keyless = m.entry.Key, m.entry.Keyless
		reference.Current, reference.Bundle = &summary, m.secret.bundle(m.entry.Key)
	}
	return reference
}
