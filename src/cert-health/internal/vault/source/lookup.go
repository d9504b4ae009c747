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

// lookUp finds below one path what concerns the identities: by the index that stands
// beside the secrets, and not by walking over them.
func (a *answering) lookUp(ctx context.Context, base string, identities map[cert.IdentityDigest]bool) {
	all := slices.Collect(maps.Keys(identities))
	m, rest, err := a.client.FindMount(ctx, base)
	if err != nil {
		a.overlook(err, all)
		a.problem(strings.Trim(base, "/"), err.Error())
		return
	}
	folder, parts, err := a.findIndex(ctx, m, rest)
	if err != nil {
		a.overlook(err, all)
		a.problem(m.Path+rest, err.Error())
		return
	}
	index := a.readIndex(ctx, m, folder, parts, identities)
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

// maxCandidates bounds the secrets that are read for one identity: in an engine that
// many environments share, all of them use the same names.
const maxCandidates = 16

// candidates are those of an identity's paths that are searched, the deployment's own
// first.
func (a *answering) candidates(paths []string, folder string) []string {
	var own, others []string
	for _, path := range paths {
		switch {
		case !below(path, folder):
		case slices.Contains(strings.Split(path, "/"), a.options.Deployment):
			own = append(own, path)
		default:
			others = append(others, path)
		}
	}
	all := append(own, others...)
	return all[:min(len(all), maxCandidates)]
}

// overlook books identities of which an error kept us from hearing, if that is one that
// passes.
func (a *answering) overlook(err error, identities []cert.IdentityDigest) {
	if !client.Is(err, client.Busy) && !client.Is(err, client.Unreachable) {
		return
	}
	a.mutex.Lock()
	defer a.mutex.Unlock()
	for _, identity := range identities {
		a.unsearched(identity)
	}
}

// unsearched books one; the caller holds the mutex, or is alone.
func (a *answering) unsearched(identity cert.IdentityDigest) {
	if a.answer.Unsearched == nil {
		a.answer.Unsearched = map[cert.IdentityDigest]bool{}
	}
	a.answer.Unsearched[identity] = true
}

func below(secret, folder string) bool {
	return folder == "" || secret == folder || strings.HasPrefix(secret, folder+"/")
}

// findIndex reads the head of the index of a folder, or else of the nearest folder
// above it that has one.
func (a *answering) findIndex(ctx context.Context, m client.Mount, folder string) (found string, parts int, err error) {
	var denied error
	for at := folder; ; at = parent(at) {
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
	publish := fmt.Sprintf("nothing is published for it: run `cert-health publish --vault-path %s%s`", m.Path, folder)
	if denied != nil {
		return "", 0, fmt.Errorf("%w; or %s", denied, publish)
	}
	return "", 0, errors.New(publish)
}

func parent(folder string) string {
	if above := path.Dir(folder); above != "." {
		return above
	}
	return ""
}

// readIndex reads those parts of an index that the identities are in.
func (a *answering) readIndex(ctx context.Context, m client.Mount, folder string, parts int, identities map[cert.IdentityDigest]bool) publication.Index {
	needed := map[string][]cert.IdentityDigest{}
	for identity := range identities {
		part := publication.PartPath(folder, parts, publication.PartOf(identity, parts))
		needed[part] = append(needed[part], identity)
	}
	index := publication.Index{}
	var mutex sync.Mutex
	a.client.Each(ctx, slices.Sorted(maps.Keys(needed)), func(_ int, part string) error {
		custom, err := a.client.ReadDocument(ctx, m, part)
		if err != nil {
			a.overlook(err, needed[part])
			return err
		}
		mutex.Lock()
		defer mutex.Unlock()
		return index.DecodePart(custom)
	}, func(path, reason string) { a.problem(m.Path+path, reason) })
	return index
}
