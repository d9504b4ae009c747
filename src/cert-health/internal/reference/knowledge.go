package reference

import (
	"maps"
	"slices"
	"time"

	"cert-health/internal/cert"
)

// Knowledge is what one VM knows of its store: the secrets that concern its own
// certificates, and what it has asked for. It is public data, kept from run to run.
// A Knowledge that was handed out is not changed any more.
type Knowledge struct {
	CheckedAt time.Time                     `json:"checked_at,omitzero"` // when the store last answered
	IndexedAt time.Time                     `json:"indexed_at,omitzero"` // when it was last searched as a whole
	Asked     map[cert.IdentityDigest]Asked `json:"asked,omitempty"`
	Unseen    []Problem                     `json:"unseen,omitempty"`  // by the last search
	Secrets   []Secret                      `json:"secrets,omitempty"` // sorted by path
}

// Asked is when the store was searched for an identity.
type Asked struct {
	First time.Time `json:"first"`
	Last  time.Time `json:"last"`
}

// again tells whether it is time to search once more for what was not found: what
// turned up just now may be published any minute, and what was not found for days
// is not worth asking every ten minutes. The pauses double.
func (a Asked) again(now time.Time) bool {
	return now.Sub(a.Last) >= max(minAskAgain, a.Last.Sub(a.First))
}

// minAskAgain is the first of the pauses.
const minAskAgain = 10 * time.Minute

// paths are those of all secrets that are known.
func (k *Knowledge) paths() []Path {
	paths := make([]Path, len(k.Secrets))
	for i := range k.Secrets {
		paths[i] = k.Secrets[i].Path
	}
	return paths
}

// secret finds one by its path.
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

// learn returns the knowledge with an answer taken in. Only what concerns one of
// the identities stays.
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
			gone.Deleted, gone.ReadAt = true, answer.CheckedAt
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

// note books that the store was searched for identities. Where that did not come to its
// end, nothing is booked: that nothing was found does not mean that nothing is there.
func (k *Knowledge) note(identities, unsearched map[cert.IdentityDigest]bool, now time.Time) {
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

// keep drops the secrets that no deployed certificate is judged by, as are further
// copies of one: a certificate shall not cost more than one request a poll.
func (k *Knowledge) keep(deployed []cert.Deployed, deployment string) {
	r := newResolver(k, deployment)
	needed := map[Path]bool{}
	for _, d := range deployed {
		for _, m := range r.judges(d.Certificate) {
			needed[m.secret.Path] = true
		}
	}
	k.Secrets = slices.DeleteFunc(k.Secrets, func(s Secret) bool { return !needed[s.Path] })
}
