package source

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"cert-health/internal/cert"
	"cert-health/internal/reference"
	"cert-health/internal/vault/client"
	"cert-health/internal/vault/publication"
)

// lookUp finds the secrets below one path that concern the identity digests. It uses the index,
// and does not list the secrets.
func (a *answering) lookUp(ctx context.Context, base string, identities map[cert.IdentityDigest]bool) {
	all := slices.Collect(maps.Keys(identities))
	m, rest, err := a.client.FindMount(ctx, base)
	if err != nil {
		a.incomplete(err, all)
		a.refuse(strings.Trim(base, "/"), err)
		return
	}
	directory, parts, err := a.findIndex(ctx, m, rest)
	if err != nil {
		a.incomplete(err, all)
		a.problem(m.Path+rest, err.Error())
		return
	}
	index := a.readIndex(ctx, m, directory, parts, identities)
	a.answered = true
	var paths []string
	for identity := range identities {
		paths = append(paths, a.candidates(index[identity], rest)...)
	}
	slices.Sort(paths)
	paths = slices.Compact(paths)
	a.client.Each(ctx, paths, func(worker int, path string) error {
		return a.read(ctx, worker, reference.Path{Mount: m.Path, Path: path})
	}, func(path, reason string) { a.problem(m.Path+path, reason) })
	delayed := func(path string) bool {
		return slices.Contains(a.answer.Delayed, reference.Path{Mount: m.Path, Path: path})
	}
	for _, identity := range all {
		if slices.ContainsFunc(index[identity], delayed) {
			a.unsearched(identity)
		}
	}
}

// maxCandidates is the largest number of secrets that are read for one identity digest: if many
// environments share an engine, all use the same names.
const maxCandidates = 16

// candidates returns the paths to read for an identity digest: those of the deployment first.
func (a *answering) candidates(paths []string, directory string) []string {
	var own, others []string
	for _, path := range paths {
		switch {
		case !below(path, directory):
		case reference.Names(path, a.options.Deployment):
			own = append(own, path)
		default:
			others = append(others, path)
		}
	}
	all := append(own, others...)
	return all[:min(len(all), maxCandidates)]
}

// incomplete records that the search for identity digests is incomplete, if the error may be
// temporary.
func (a *answering) incomplete(err error, identities []cert.IdentityDigest) {
	if !client.IsTemporary(err) {
		return
	}
	a.mutex.Lock()
	defer a.mutex.Unlock()
	for _, identity := range identities {
		a.unsearched(identity)
	}
}

// unsearched records one identity digest. The caller holds the mutex, or no other goroutine runs.
func (a *answering) unsearched(identity cert.IdentityDigest) {
	if a.answer.Unsearched == nil {
		a.answer.Unsearched = map[cert.IdentityDigest]bool{}
	}
	a.answer.Unsearched[identity] = true
}

func below(secret, directory string) bool {
	return directory == "" || secret == directory || strings.HasPrefix(secret, directory+"/")
}

// findIndex reads the head of the index of a directory, or of the nearest directory above that has
// an index.
func (a *answering) findIndex(ctx context.Context, m client.Mount, directory string) (found string, parts int, err error) {
	var denied error
	for at := directory; ; at = parent(at) {
		custom, err := a.client.ReadDocument(ctx, m, publication.IndexPath(at))
		switch {
		case err == nil:
			if parts, err = publication.DecodeHead(custom); !errors.Is(err, publication.ErrNone) {
				return at, parts, err
			}
		case client.Is(err, client.Denied):
			denied = err
		case !client.Is(err, client.NotFound):
			return "", 0, err
		}
		if at == "" {
			break
		}
	}
	publish := fmt.Sprintf("nothing is published for this path: run `cert-health publish --vault-path %s%s`", m.Path, directory)
	if denied != nil {
		return "", 0, fmt.Errorf("%w; or %s", denied, publish)
	}
	return "", 0, errors.New(publish)
}

func parent(directory string) string {
	if above := path.Dir(directory); above != "." {
		return above
	}
	return ""
}

// readIndex reads the parts of an index that may contain the identity digests.
func (a *answering) readIndex(ctx context.Context, m client.Mount, directory string, parts int, identities map[cert.IdentityDigest]bool) publication.Index {
	needed := map[string][]cert.IdentityDigest{}
	for identity := range identities {
		part := publication.PartPath(directory, parts, publication.PartOf(identity, parts))
		needed[part] = append(needed[part], identity)
	}
	index := publication.Index{}
	var mutex sync.Mutex
	a.client.Each(ctx, slices.Sorted(maps.Keys(needed)), func(_ int, part string) error {
		custom, err := a.client.ReadDocument(ctx, m, part)
		if err != nil {
			a.incomplete(err, needed[part])
			return err
		}
		mutex.Lock()
		defer mutex.Unlock()
		return index.DecodePart(custom)
	}, func(path, reason string) { a.problem(m.Path+path, reason) })
	return index
}
