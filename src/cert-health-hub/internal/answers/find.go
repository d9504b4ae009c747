package answers

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"cert-health/internal/cert"
	"cert-health/internal/reference"
	"cert-health/internal/uplink"
)

// The limits of an answer.
const (
	// maxSame is the largest number of secrets for one identity digest: if many environments share a
	// store, all use the same names.
	maxSame = 64
	// maxEntries is the largest number of certificates, old versions and revocations included. With
	// 300 bytes for each, they are less than uplink.MaxReferencesBack.
	maxEntries = 40_000
	// maxProblems is the largest number of problems.
	maxProblems = 20
)

// answering builds an answer.
type answering struct {
	*index
	deployment string
	answer     uplink.ReferencesAnswer
	answered   map[reference.Path]bool
	entries    int
	omitted    int // secrets for which there is no room
	problems   int // that are not in the answer
	types      []string
}

// search adds the secrets with one of the identity digests, in the current or an older version.
func (a *answering) search(ctx context.Context, identities []cert.IdentityDigest) {
	for _, identity := range identities {
		if ctx.Err() != nil {
			return
		}
		list := a.identity[identity]
		if len(list) > maxSame {
			list = slices.SortedFunc(slices.Values(list), a.ownFirst)
			a.omitted += len(list) - maxSame
			list = list[:maxSame]
		}
		for _, h := range list {
			a.add(h, h.path, true)
		}
	}
}

// ownFirst orders the secrets of the deployment before others.
func (a *answering) ownFirst(one, other *held) int {
	rank := func(h *held) int {
		if reference.Names(h.item.Path, a.deployment) {
			return 0
		}
		return 1
	}
	if r := rank(one) - rank(other); r != 0 {
		return r
	}
	return strings.Compare(one.path.String(), other.path.String())
}

// read adds secrets that the agent names.
func (a *answering) read(ctx context.Context, paths []reference.Path, history bool) {
	for _, path := range paths {
		if ctx.Err() != nil {
			return
		}
		h, doubtful := a.find(path)
		switch {
		case h != nil:
			a.add(h, path, history)
		case doubtful:
			a.problem(reference.Problem{Path: path.String(), Reason: "several stores of the hub have this path now"})
		case !a.mounts[path.Mount]:
			a.problem(reference.Problem{Path: path.String(), Reason: "the hub has no secret in " + path.Mount + " any more: check the paths of its sources"})
		case !a.unread(path):
			a.answer.Missing = append(a.answer.Missing, path)
		}
	}
}

// unread adds a problem if the hub could not see what is at a path.
func (a *answering) unread(path reference.Path) bool {
	for i := range a.index.sources {
		source := &a.index.sources[i]
		if (source.Type == credhub) != (path.Mount == "/") {
			continue
		}
		if !source.Seen() {
			a.problem(reference.Problem{Path: path.String(), Reason: a.reason(source), LastSeen: source.LastSuccess})
			return true
		}
		for _, part := range source.Unseen {
			if part.Covers(path.String()) || part.Covers(strings.TrimPrefix(path.String(), source.Name+":")) {
				a.problem(reference.Problem{Path: path.String(), Reason: part.Reason})
				return true
			}
		}
	}
	return false
}

// add adds a secret, once, unless there is no more room.
func (a *answering) add(h *held, path reference.Path, history bool) {
	if a.answered[path] {
		return
	}
	a.answered[path] = true
	if len(h.item.Versions) == 0 && len(h.item.Sightings) == 0 && h.item.Unseen != "" {
		a.problem(reference.Problem{Path: path.String(), Reason: h.item.Unseen})
		return // it was listed and never read
	}
	secret := a.secret(h, history)
	secret.Path = path
	if a.entries += size(&secret); a.entries > maxEntries {
		a.omitted++
		return
	}
	if secret.Unread != "" && h.source.Seen() { // otherwise the source has one problem for all
		a.problem(reference.Problem{Path: path.String(), Reason: secret.Unread, LastSeen: secret.ReadAt})
	}
	if history {
		for _, finding := range h.item.Findings {
			a.problem(reference.Problem{Path: path.String(), Reason: finding.Message})
		}
	}
	a.answer.Secrets = append(a.answer.Secrets, secret)
	if !slices.Contains(a.types, h.source.Type) {
		a.types = append(a.types, h.source.Type)
	}
	a.remedies(h, path)
}

func size(s *reference.Secret) int {
	size := 1 + len(s.Entries) + len(s.Revoked)
	for i := range s.Older {
		size += 1 + len(s.Older[i].Entries)
	}
	return size
}

func (a *answering) problem(p reference.Problem) {
	if len(a.answer.Problems) == maxProblems {
		a.problems++
		return
	}
	a.answer.Problems = append(a.answer.Problems, p)
}

// finish completes the answer.
func (a *answering) finish() {
	slices.SortFunc(a.answer.Secrets, func(one, other reference.Secret) int { return strings.Compare(one.String(), other.String()) })
	if a.problems > 0 {
		a.answer.Problems = append(a.answer.Problems, reference.Problem{Reason: fmt.Sprintf("%d more paths could not be read", a.problems)})
	}
	if a.omitted > 0 {
		a.answer.Problems = append(a.answer.Problems, reference.Problem{Reason: fmt.Sprintf(
			"%d more secrets have the names of this VM's certificates, and are not compared: name fewer paths in the sources of the hub", a.omitted)})
	}
	if len(a.types) == 0 {
		for i := range a.index.sources {
			a.types = append(a.types, a.index.sources[i].Type)
		}
	}
	if slices.Sort(a.types); len(slices.Compact(a.types)) == 1 {
		a.answer.Kind, a.answer.Title = a.types[0], titles()[a.types[0]]
	}
}
