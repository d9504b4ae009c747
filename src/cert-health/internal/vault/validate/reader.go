package validate

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"cert-health/internal/strict"
	"cert-health/internal/vault/client"
)

// Base is where secrets are read: a path with its mount, in which * stands for any name and ** for any path.
type Base struct {
	Path string
	Tree bool // all secrets below it, too
}

// wildcards are the characters of globs.
const wildcards = "*?[{"

// Check tells what is wrong with the base.
func (b Base) Check() error {
	if err := strict.CheckGlob(b.path()); err != nil {
		return err
	}
	if first, _, _ := strings.Cut(b.path(), "/"); first == "" || strings.ContainsAny(first, wildcards) {
		return fmt.Errorf("the path %q does not begin with a mount: write it as secret/cf", b.Path)
	}
	return nil
}

func (b Base) path() string { return strings.Trim(b.Path, "/ ") }

func (b Base) glob() bool { return strings.ContainsAny(b.path(), wildcards) }

// pattern is the glob of all secrets of the base.
func (b Base) pattern() string {
	if b.Tree {
		return b.path() + "/**"
	}
	return b.path()
}

// Problem is what could not be read.
type Problem struct {
	Path   string `json:"path"`
	Reason string `json:"reason"`
}

// Found is what Read has read.
type Found struct {
	Secrets  []*Secret // in the order of their paths
	Beside   []*Secret // CAs that signed some of them, and are not judged
	Problems []Problem
}

// Reader reads secrets of one Vault.
type Reader struct {
	Client *client.Client
	Max    int    // the largest number of secrets
	Step   func() // called for each secret; may be nil

	workers  []*reading
	mutex    sync.Mutex
	seen     map[string]bool // by path: whether there is a secret
	visits   int             // of secrets that are there, those that had been read included
	secrets  []*Secret
	problems []Problem
}

// Read reads the secrets of all bases, each once, and the CAs that signed them, as far as they are in a secret `ca`
// beside or above them.
func (r *Reader) Read(ctx context.Context, bases []Base) (*Found, error) {
	r.workers, r.seen = make([]*reading, r.Client.Concurrency()), map[string]bool{}
	for i := range r.workers {
		r.workers[i] = newReading()
	}
	for _, base := range bases {
		r.base(ctx, base)
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("interrupted after %d secrets: run it again, or name fewer paths", len(r.seen))
	}
	f := &Found{Secrets: r.secrets, Problems: r.problems}
	slices.SortFunc(f.Secrets, func(a, b *Secret) int { return strings.Compare(a.Path, b.Path) })
	slices.SortFunc(f.Problems, func(a, b Problem) int { return strings.Compare(a.Path+"\x00"+a.Reason, b.Path+"\x00"+b.Reason) })
	f.Beside = r.signers(ctx, f.Secrets)
	return f, nil
}

// base reads the secrets of one base.
func (r *Reader) base(ctx context.Context, base Base) {
	path := base.path()
	before := r.visits + len(r.problems)
	switch {
	case base.glob():
		r.glob(ctx, base)
	case base.Tree:
		r.one(ctx, path, false)
		r.walk(ctx, path, func(string) bool { return true }, nil)
	default:
		r.one(ctx, path, true)
		return
	}
	if before == r.visits+len(r.problems) && ctx.Err() == nil {
		r.problem(path, "there is no secret at or below this path: correct it")
	}
}

// glob reads the secrets that a glob matches.
func (r *Reader) glob(ctx context.Context, base Base) {
	directory, _ := strict.SplitGlob(base.path())
	m, _, err := r.Client.FindMount(ctx, directory)
	if err != nil {
		r.problem(base.path(), err.Error())
		return
	}
	pattern := base.pattern()
	r.walk(ctx, directory, func(path string) bool { return strict.Match(pattern, path) },
		func(directory string) bool { return !strict.MayHold(pattern, m.Path+strings.Trim(directory, "/")) })
}

// walk reads the secrets below a path that match.
func (r *Reader) walk(ctx context.Context, path string, match func(path string) bool, skip func(directory string) bool) {
	r.Client.Walk(ctx, path, &client.Visitor{
		Max: r.Max, Before: len(r.seen), Skip: skip, Problem: r.problem,
		Secret: func(ctx context.Context, worker int, m client.Mount, path string) error {
			if !match(m.Path + path) {
				return nil
			}
			_, err := r.visit(ctx, r.workers[worker], m, path)
			return err
		},
	})
}

// visit reads a secret that has not been read. It is nil if it was, or if there is none.
func (r *Reader) visit(ctx context.Context, w *reading, m client.Mount, path string) (*Secret, error) {
	if r.known(m.Path + path) {
		return nil, nil
	}
	s, err := w.read(ctx, r.Client, m, path)
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if s != nil {
		r.seen[s.Path] = true
		r.visits++
		r.secrets = append(r.secrets, s)
	}
	if r.Step != nil {
		r.Step()
	}
	return s, err
}

// known tells whether a path has been read, and notes that it is.
func (r *Reader) known(path string) bool {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	there, known := r.seen[path]
	if there {
		r.visits++
	}
	if !known {
		r.seen[path] = false
	}
	return known
}

func (r *Reader) problem(path, reason string) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.problems = append(r.problems, Problem{path, reason})
}

// one reads the secret at a path. If it is needed and is not there, or holds no certificate, that is a problem.
func (r *Reader) one(ctx context.Context, path string, needed bool) {
	m, rest, err := r.Client.FindMount(ctx, path)
	if err != nil {
		r.problem(path, err.Error())
		return
	}
	if rest == "" && !needed {
		return
	}
	if r.seen[m.Path+rest] {
		r.visits++
		return
	}
	s, err := r.visit(ctx, r.workers[0], m, rest)
	switch {
	case err != nil:
		r.problem(path, err.Error())
	case !needed:
	case s == nil:
		r.problem(path, r.absent(ctx, m, rest))
	case !s.concerned():
		r.problem(path, "it holds no certificate")
	}
}

// absent says why there is no secret at a path.
func (r *Reader) absent(ctx context.Context, m client.Mount, rest string) string {
	names, err := r.Client.List(ctx, m, strings.TrimSuffix(rest+"/", "//"))
	if rest == "" {
		names, err = r.Client.List(ctx, m, "")
	}
	if err == nil && len(names) > 0 {
		return "it is a directory: add -r to read the secrets below it"
	}
	return "there is no secret at this path, or its current version is deleted"
}
