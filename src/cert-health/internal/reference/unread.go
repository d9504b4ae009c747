package reference

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// What a store does not show now is not well: a secret that it showed before keeps what is known of
// it, and says since when it was not read again.

// markUnread notes which of the requested secrets the store did not show, and adds to its problems
// when they were last read.
func (f *Follower) markUnread(answer *Answer, requested []Path) {
	shown := map[Path]bool{}
	for _, secret := range answer.Secrets {
		shown[secret.Path] = true
	}
	for _, path := range answer.Missing {
		shown[path] = true
	}
	for _, path := range answer.Delayed {
		secret := f.knowledge.secret(path)
		shown[path] = secret == nil || f.now().Sub(secret.ReadAt) < maxUnread
	}
	reasons := map[string]string{}
	for _, p := range answer.Problems {
		reasons[p.Path] = p.Reason
	}
	unread := map[string]time.Time{}
	for _, path := range requested {
		if secret := f.knowledge.secret(path); secret != nil && !shown[path] {
			secret.Unread = cmp.Or(reasons[path.String()], f.store.Name()+" did not show it")
			unread[path.String()] = secret.ReadAt
		}
	}
	for _, path := range answer.Delayed {
		delete(unread, path.String()) // reportUnread reports them together
	}
	answer.addLastSeen(unread)
}

// addLastSeen adds to the problems of paths when they were last read. What has no problem of its own
// gets one problem together.
func (a *Answer) addLastSeen(unread map[string]time.Time) {
	for i := range a.Problems {
		p := &a.Problems[i]
		if at, known := unread[p.Path]; known {
			p.LastSeen = at // otherwise it is what the store says
		}
		delete(unread, p.Path)
	}
	var oldest time.Time
	for _, at := range unread {
		if oldest.IsZero() || at.Before(oldest) {
			oldest = at
		}
	}
	if len(unread) > 0 {
		a.Problems = append(a.Problems, Problem{Reason: fmt.Sprintf("%d more secrets about certificates of this VM could not be read", len(unread)), LastSeen: oldest})
	}
}

// requestedAgain are the known secrets that a search could not read.
func (k *Knowledge) requestedAgain(problems []Problem) []Path {
	return slices.DeleteFunc(k.paths(), func(path Path) bool {
		return !slices.ContainsFunc(problems, func(p Problem) bool { return p.Path == path.String() })
	})
}

// unseenExcept returns what the last search could not read, without the secrets that were requested
// since.
func (k *Knowledge) unseenExcept(requested []Path) []Problem {
	return slices.DeleteFunc(slices.Clone(k.Unseen), func(p Problem) bool {
		return slices.ContainsFunc(requested, func(path Path) bool { return path.String() == p.Path })
	})
}
