package reference

import (
	"context"
	"slices"

	"cert-health/internal/cert"
)

// Historian tells the older versions of an entry's secret, newest first. A store
// without versions answers with none.
type Historian interface {
	History(ctx context.Context, entry Entry) ([]Version, error)
}

// Resolve finds the reference of every deployed certificate. An unavailable
// snapshot resolves nothing: nobody may be called current or stale by it.
//
// The fingerprint decides first. Only for a certificate whose fingerprint the
// store does not hold, while an entry has its identity, are older versions read,
// once for each secret. What could not be read is returned as Problems; the
// certificates concerned are judged by identity alone.
func Resolve(ctx context.Context, snapshot *Snapshot, historian Historian, deployed []cert.Deployed) (map[cert.Fingerprint]cert.Reference, []Problem) {
	if snapshot.State != OK {
		return nil, nil
	}
	r := resolver{ctx: ctx, historian: historian, index: newIndex(snapshot.Entries), histories: map[string][]Version{}}
	references := make(map[cert.Fingerprint]cert.Reference, len(deployed))
	for _, d := range deployed {
		references[d.Certificate.Fingerprint] = r.resolve(d.Certificate)
	}
	return references, r.problems
}

type resolver struct {
	ctx       context.Context
	historian Historian
	index     index
	histories map[string][]Version // by full path
	problems  []Problem
}

func (r *resolver) resolve(c *cert.Certificate) cert.Reference {
	if held := r.index.byFingerprint[c.Fingerprint]; len(held) > 0 {
		reference := found(held[0])
		reference.State = cert.Current
		reference.DeployedVersion = held[0].Version
		return reference
	}
	candidates := r.index.byIdentity[c.Identity()]
	for _, entry := range candidates {
		if reference, ok := r.older(entry, c.Fingerprint); ok {
			return reference
		}
	}
	switch distinct := distinct(candidates); {
	case len(distinct) == 0:
		return cert.Reference{State: cert.Unknown}
	case len(distinct) > 1:
		return cert.Reference{State: cert.Ambiguous, Candidates: paths(candidates)}
	}
	// The store does not remember what is deployed. A newer certificate of
	// the same identity has most likely taken its place; an older one cannot
	// have, so what is deployed came from elsewhere.
	reference := found(candidates[0])
	reference.State = cert.Unexpected
	reference.Since = candidates[0].Created
	if reference.Held.NotBefore.After(c.NotBefore) {
		reference.State = cert.Stale
	}
	return reference
}

// older looks for the fingerprint in the entry's older versions.
func (r *resolver) older(entry Entry, fingerprint cert.Fingerprint) (cert.Reference, bool) {
	next := entry.Created
	for _, version := range r.history(entry) {
		if slices.Contains(version.Fingerprints, fingerprint) {
			reference := found(entry)
			reference.State = cert.Stale
			reference.DeployedVersion = version.Number
			reference.Since = next
			return reference, true
		}
		next = version.Created
	}
	return cert.Reference{}, false
}

// history reads the versions of one secret once.
func (r *resolver) history(entry Entry) []Version {
	full := entry.Mount + entry.Path
	versions, known := r.histories[full]
	if !known {
		var err error
		if versions, err = r.historian.History(r.ctx, entry); err != nil {
			r.problems = append(r.problems, Problem{Path: full, Reason: "its older versions were not read: " + err.Error()})
		}
		r.histories[full] = versions
	}
	return versions
}

func found(entry Entry) cert.Reference {
	return cert.Reference{
		Mount: entry.Mount, Path: entry.Path, Key: entry.Key,
		CurrentVersion: entry.Version, Held: entry.Certificate,
	}
}

// distinct drops the copies of one certificate at several paths: they are no
// ambiguity.
func distinct(entries []Entry) []cert.Fingerprint {
	var fingerprints []cert.Fingerprint
	for _, entry := range entries {
		if !slices.Contains(fingerprints, entry.Certificate.Fingerprint) {
			fingerprints = append(fingerprints, entry.Certificate.Fingerprint)
		}
	}
	return fingerprints
}

func paths(entries []Entry) []string {
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Mount+entry.Path)
	}
	slices.Sort(names)
	return slices.Compact(names)
}
