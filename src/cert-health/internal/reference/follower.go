package reference

import (
	"context"
	"fmt"
	"slices"
	"time"

	"cert-health/internal/cert"
	"cert-health/internal/verdict"
)

// searchInterval is the time between two searches of the whole store, even if no
// certificate is missing: a certificate may have been copied or moved to another path.
const searchInterval = 24 * time.Hour

// maxUnread is the time for which a secret may stay unread because the store is busy. After
// that, the answer has a Problem.
const maxUnread = time.Hour

// Follower follows a store for one VM with few requests. It searches the store once, learns
// which secrets concern the VM's own certificates, and then reads only those. It searches
// the store again once a day, and for each certificate that it does not find.
type Follower struct {
	store      Store
	deployment string
	now        func() time.Time
	knowledge  *Knowledge
}

// Follow returns a follower for a VM of a deployment. The name of the deployment may be
// empty. The follower starts from known, which may be nil.
func Follow(store Store, deployment string, known *Knowledge, now func() time.Time) *Follower {
	if known == nil {
		known = &Knowledge{}
	}
	return &Follower{store: store, deployment: deployment, now: now, knowledge: known}
}

// Ask asks the store about the deployed certificates. It returns what is known afterwards,
// and the answer without its secrets. If the store is unavailable, the knowledge does not
// change, and the answer repeats what the last search could not read.
func (f *Follower) Ask(ctx context.Context, deployed []cert.Deployed) (*Knowledge, *Answer) {
	identities := identitiesOf(deployed)
	answer := f.poll(ctx, deployed, identities)
	if answer.State != OK {
		answer.Problems = append(answer.Problems, f.knowledge.Unseen...)
		return f.knowledge, answer
	}
	f.knowledge = f.histories(ctx, deployed, answer)
	f.knowledge.prune(deployed, f.deployment)
	f.reportUnread(answer)
	answer.Secrets, answer.Missing, answer.Delayed, answer.Unsearched = nil, nil, nil, nil
	return f.knowledge, answer
}

func identitiesOf(deployed []cert.Deployed) map[cert.IdentityDigest]bool {
	identities := make(map[cert.IdentityDigest]bool, len(deployed))
	for _, d := range deployed {
		identities[d.Certificate.IdentityDigest()] = true
	}
	return identities
}

// poll reads the secrets that are known to concern the VM, and searches for the
// certificates that are not found in them.
func (f *Follower) poll(ctx context.Context, deployed []cert.Deployed, identities map[cert.IdentityDigest]bool) *Answer {
	if verdict.Passed(f.knowledge.IndexedAt, f.now(), searchInterval) {
		return f.search(ctx, identities, identities)
	}
	f.knowledge = f.knowledge.learn(&Answer{CheckedAt: f.knowledge.CheckedAt}, identities) // forgets what is not deployed any more
	known := f.knowledge.paths()
	answer := f.store.Read(ctx, known)
	if answer.State != OK {
		return answer
	}
	f.knowledge = f.knowledge.learn(answer, identities)
	f.markUnread(answer, known)
	var searched *Answer
	if missing := f.missing(deployed); len(missing) > 0 {
		if len(f.knowledge.Unseen) > 0 {
			missing = identities // a search for some certificates may not come to what the last one could not read
		}
		searched = f.search(ctx, missing, identities)
		answer.join(searched)
	}
	if searched == nil || searched.State != OK {
		// What the last search could not read is still unread.
		answer.Problems = append(answer.Problems, f.knowledge.unseenExcept(known)...)
	}
	return answer
}

// missing returns the identity digests for which a search is due: no secret that exists
// contains them, or the last search was not complete.
func (f *Follower) missing(deployed []cert.Deployed) map[cert.IdentityDigest]bool {
	missing := map[cert.IdentityDigest]bool{}
	r := newResolver(f.knowledge, f.deployment, deployed)
	for _, d := range deployed {
		identity := d.Certificate.IdentityDigest()
		asked, before := f.knowledge.Asked[identity]
		matches := r.candidates(&d)
		found := len(matches) > 0 && !matches[0].secret.Deleted && !r.elsewhere(matches, &d)
		if !before || !found && asked.due(f.now()) {
			missing[identity] = true
		}
	}
	return missing
}

// search searches the store for identity digests, and records the search if the store
// answered.
func (f *Follower) search(ctx context.Context, wanted, identities map[cert.IdentityDigest]bool) *Answer {
	answer := f.store.Find(ctx, wanted)
	if answer.State != OK {
		return answer
	}
	now := f.now()
	f.knowledge = f.knowledge.learn(answer, identities)
	f.markUnread(answer, f.knowledge.requestedAgain(answer.Problems))
	f.knowledge.recordSearch(wanted, answer.Unsearched, now)
	f.knowledge.Unseen = slices.DeleteFunc(slices.Clone(answer.Problems), func(p Problem) bool { return p.Repeated })
	if len(wanted) == len(identities) {
		f.knowledge.IndexedAt = now
		f.knowledge.forget(identities)
	}
	return answer
}

// histories reads the older versions of the secrets that contain the identity digest of a
// deployed certificate, if no version that is known contains the certificate itself, or the
// current versions contain it only as a copy.
func (f *Follower) histories(ctx context.Context, deployed []cert.Deployed, answer *Answer) *Knowledge {
	next := *f.knowledge
	next.Secrets = slices.Clone(next.Secrets)
	r := newResolver(&next, f.deployment, deployed)
	read := map[Path]bool{}
	for _, d := range deployed {
		c := d.Certificate
		if (len(r.current[c.Fingerprint]) > 0 || len(r.past[c.Fingerprint]) > 0) && !r.onlyCopied(c) {
			continue
		}
		for _, m := range r.identity[c.IdentityDigest()] {
			if m.secret.Whole || read[m.secret.Path] {
				continue
			}
			read[m.secret.Path] = true
			versions, err := f.store.History(ctx, *m.secret)
			m.secret.Older = mergeVersions(versions, m.secret.Older)
			m.secret.Whole = err == nil
			if err != nil {
				answer.Problems = append(answer.Problems, Problem{Path: m.secret.String(), Reason: "its older versions were not read: " + err.Error()})
			}
		}
	}
	return &next
}

// reportUnread adds a problem if the store has been too busy to show some secrets for
// longer than maxUnread.
func (f *Follower) reportUnread(answer *Answer) {
	var oldest time.Time
	unread := 0
	for _, path := range answer.Delayed {
		secret := f.knowledge.secret(path)
		if secret == nil || f.now().Sub(secret.ReadAt) < maxUnread {
			continue
		}
		unread++
		if oldest.IsZero() || secret.ReadAt.Before(oldest) {
			oldest = secret.ReadAt
		}
	}
	if unread > 0 {
		answer.Problems = append(answer.Problems, Problem{LastSeen: oldest, Reason: fmt.Sprintf(
			"%s is too busy: %d of %d secrets were not read again since %s", f.store.Name(), unread, len(f.knowledge.Secrets), oldest.UTC().Format("2006-01-02 15:04 UTC"))})
	}
}
