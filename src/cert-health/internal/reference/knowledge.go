package reference

import (
	"maps"
	"slices"
	"time"

	"cert-health/internal/cert"
	"cert-health/internal/verdict"
)

// Knowledge is what one VM knows of its store: the secrets that concern its own
// certificates, and the searches that were made. It contains public data only, and the
// agent keeps it in a file. Once a function has returned a Knowledge, nothing changes it.
type Knowledge struct {
	CheckedAt time.Time                     `json:"checked_at,omitzero"` // when the store last answered
	IndexedAt time.Time                     `json:"indexed_at,omitzero"` // when the whole store was last searched
	Asked     map[cert.IdentityDigest]Asked `json:"asked,omitempty"`
	Unseen    []Problem                     `json:"unseen,omitempty"`  // what the last search could not read
	Secrets   []Secret                      `json:"secrets,omitempty"` // sorted by path
}

// Asked says when the store was searched for an identity digest.
type Asked struct {
	First time.Time `json:"first"`
	Last  time.Time `json:"last"`
}

// due tells whether to search again for a certificate that was not found. A new certificate
// may be published any minute; one that was not found for days needs no search every ten
// minutes. So each pause is as long as all pauses before it.
func (a Asked) due(now time.Time) bool {
	return verdict.Passed(a.Last, now, max(minSearchPause, a.Last.Sub(a.First)))
}

// minSearchPause is the first pause.
const minSearchPause = 10 * time.Minute

// paths returns the paths of all known secrets.
func (k *Knowledge) paths() []Path {
	paths := make([]Path, len(k.Secrets))
	for i := range k.Secrets {
		paths[i] = k.Secrets[i].Path
	}
	return paths
}

// secret returns the known secret at a path, or nil.
func (k *Knowledge) secret(path Path) *Secret {
	i, found := slices.BinarySearchFunc(k.Secrets, path, func(s Secret, p Path) int { return comparePaths(s.Path, p) })
	if !found {
		return nil
	}
	return &k.Secrets[i]
}

func comparePaths(a, b Path) int {
	switch {
	case a == b:
		return 0
	case a.String() < b.String():
		return -1
	}
	return 1
}

// learn returns the knowledge after an answer. It keeps only the secrets that concern one
// of the identity digests.
func (k *Knowledge) learn(answer *Answer, identities map[cert.IdentityDigest]bool) *Knowledge {
	known := map[Path]Secret{}
	for _, secret := range k.Secrets {
		known[secret.Path] = secret
	}
	for _, secret := range answer.Secrets {
		if before, ok := known[secret.Path]; ok {
			secret = before.update(secret)
		}
		known[secret.Path] = secret
	}
	for _, path := range answer.Missing {
		if gone, ok := known[path]; ok {
			gone.Deleted, gone.ReadAt, gone.Unread = true, answer.CheckedAt, ""
			known[path] = gone
		}
	}
	next := &Knowledge{CheckedAt: answer.CheckedAt, IndexedAt: k.IndexedAt, Asked: maps.Clone(k.Asked), Unseen: k.Unseen}
	for _, secret := range known {
		if secret.Concerns(identities) {
			next.Secrets = append(next.Secrets, secret)
		}
	}
	slices.SortFunc(next.Secrets, func(a, b Secret) int { return comparePaths(a.Path, b.Path) })
	return next
}

// recordSearch records when the store was searched for identity digests. It does not record
// a search that is not complete: the store may hold what the search did not find.
func (k *Knowledge) recordSearch(identities, unsearched map[cert.IdentityDigest]bool, now time.Time) {
	if k.Asked == nil {
		k.Asked = map[cert.IdentityDigest]Asked{}
	}
	for identity := range identities {
		if unsearched[identity] {
			continue
		}
		asked, before := k.Asked[identity]
		if !before {
			asked.First = now
		}
		asked.Last = now
		k.Asked[identity] = asked
	}
}

// prune drops the secrets that no deployed certificate is compared with, such as further
// copies of a secret: each certificate may cost one request a poll, and no more.
func (k *Knowledge) prune(deployed []cert.Deployed, deployment string) {
	r := newResolver(k, deployment, deployed)
	needed := map[Path]bool{}
	for _, d := range deployed {
		for _, m := range r.candidates(&d) {
			needed[m.secret.Path] = true
		}
	}
	k.Secrets = slices.DeleteFunc(k.Secrets, func(s Secret) bool { return !needed[s.Path] })
}

// forget drops the recorded searches for certificates that are not deployed any more.
func (k *Knowledge) forget(identities map[cert.IdentityDigest]bool) {
	maps.DeleteFunc(k.Asked, func(identity cert.IdentityDigest, _ Asked) bool { return !identities[identity] })
}
