package reference

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"cert-health/internal/cert"
)

// indexEvery is how often a store is searched as a whole although nothing is
// missing: a certificate may have been copied to, or moved to, another path.
const indexEvery = 24 * time.Hour

// lateAfter is how long a secret may go unread, because the store is busy, before
// that is worth a word.
const lateAfter = time.Hour

// Follower follows a store for one VM with as few requests as can be: it searches
// the store once, learns which secrets concern the VM's own certificates, and reads
// those alone from then on. It searches again daily, and for a certificate that it
// cannot place.
type Follower struct {
	store      Store
	deployment string
	now        func() time.Time
	knowledge  *Knowledge
}

// Follow returns a follower for a VM of a deployment, whose name may be empty. It goes
// on from what is already known, which may be nothing.
func Follow(store Store, deployment string, known *Knowledge, now func() time.Time) *Follower {
	if known == nil {
		known = &Knowledge{}
	}
	return &Follower{store: store, deployment: deployment, now: now, knowledge: known}
}

// Ask asks the store about the deployed certificates. What it knows afterwards is
// returned beside the answer, which has no secrets any more; it is what was known
// before when the store could not be asked.
func (f *Follower) Ask(ctx context.Context, deployed []cert.Deployed) (*Knowledge, *Answer) {
	identities := identitiesOf(deployed)
	answer := f.poll(ctx, deployed, identities)
	if answer.State != OK {
		return f.knowledge, answer
	}
	f.knowledge = f.histories(ctx, deployed, answer)
	f.knowledge.keep(deployed, f.deployment)
	f.late(answer)
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

// poll reads what is known to concern the VM, and then searches for what is left.
func (f *Follower) poll(ctx context.Context, deployed []cert.Deployed, identities map[cert.IdentityDigest]bool) *Answer {
	if f.now().Sub(f.knowledge.IndexedAt) >= indexEvery {
		return f.search(ctx, identities, identities)
	}
	f.knowledge = f.knowledge.learn(&Answer{CheckedAt: f.knowledge.CheckedAt}, identities) // forgets what is not deployed any more
	answer := f.store.Read(ctx, f.knowledge.paths())
	if answer.State != OK {
		return answer
	}
	f.knowledge = f.knowledge.learn(answer, identities)
	missing := f.unplaced(deployed)
	if len(missing) == 0 {
		// What the last search could not see is still unseen.
		answer.Problems = append(answer.Problems, f.knowledge.Unseen...)
		return answer
	}
	return answer.join(f.search(ctx, missing, identities))
}

// unplaced are the identities of certificates that no living secret tells of, and
// that it is time to search for, and those that were not searched for to the end.
func (f *Follower) unplaced(deployed []cert.Deployed) map[cert.IdentityDigest]bool {
	missing := map[cert.IdentityDigest]bool{}
	r := newResolver(f.knowledge, f.deployment)
	for _, d := range deployed {
		identity := d.Certificate.IdentityDigest()
		asked, before := f.knowledge.Asked[identity]
		matches := r.judges(d.Certificate)
		placed := len(matches) > 0 && !matches[0].secret.Deleted
		if !before || !placed && asked.again(f.now()) {
			missing[identity] = true
		}
	}
	return missing
}

// search searches the store for identities, and books that when it answered.
func (f *Follower) search(ctx context.Context, wanted, identities map[cert.IdentityDigest]bool) *Answer {
	answer := f.store.Find(ctx, wanted)
	if answer.State != OK {
		return answer
	}
	now := f.now()
	f.knowledge = f.knowledge.learn(answer, identities)
	f.knowledge.note(wanted, answer.Unsearched, now)
	// What is about no path, as a clock that is wrong, is told by every answer anew.
	f.knowledge.Unseen = slices.DeleteFunc(slices.Clone(answer.Problems), func(p Problem) bool { return p.Path == "" })
	if len(wanted) == len(identities) {
		f.knowledge.IndexedAt = now
		f.knowledge.forget(identities)
	}
	return answer
}

// forget drops what was asked for certificates that are not deployed any more.
func (k *Knowledge) forget(identities map[cert.IdentityDigest]bool) {
	maps.DeleteFunc(k.Asked, func(identity cert.IdentityDigest, _ Asked) bool { return !identities[identity] })
}

// join adds a second answer of the same moment.
func (a *Answer) join(b *Answer) *Answer {
	a.Requests += b.Requests
	a.Read += b.Read
	a.Problems = append(a.Problems, b.Problems...)
	if b.State != OK && b.Error != "" && len(b.Problems) == 0 {
		a.Problems = append(a.Problems, Problem{Reason: b.Error})
	}
	return a
}

// histories reads the older versions of those secrets whose current one does not
// hold a deployed certificate that has its identity.
func (f *Follower) histories(ctx context.Context, deployed []cert.Deployed, answer *Answer) *Knowledge {
	next := *f.knowledge
	next.Secrets = slices.Clone(next.Secrets)
	r := newResolver(&next, f.deployment)
	read := map[Path]bool{}
	for _, d := range deployed {
		c := d.Certificate
		if len(r.current[c.Fingerprint]) > 0 || len(r.past[c.Fingerprint]) > 0 {
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

// late tells of secrets that the store has been too busy to show for long.
func (f *Follower) late(answer *Answer) {
	var oldest time.Time
	late := 0
	for _, path := range answer.Delayed {
		secret := f.knowledge.secret(path)
		if secret == nil || f.now().Sub(secret.ReadAt) < lateAfter {
			continue
		}
		late++
		if oldest.IsZero() || secret.ReadAt.Before(oldest) {
			oldest = secret.ReadAt
		}
	}
	if late > 0 {
		answer.Problems = append(answer.Problems, Problem{Reason: fmt.Sprintf(
			"Vault is too busy: %d of %d secrets were not read again since %s", late, len(f.knowledge.Secrets), oldest.UTC().Format("2006-01-02 15:04 UTC"))})
	}
}
