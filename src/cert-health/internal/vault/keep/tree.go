package keep

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"cert-health/internal/cert"
	"cert-health/internal/vault/client"
)

// Entry is the public part of one secret of a tree.
type Entry struct {
	Mount client.Mount
	Path  string // in the mount
	// Certificate is the one in safe's layout, and Keyless tells that its private key is missing.
	Certificate *cert.Certificate
	Keyless     bool
	Version     int
}

// Full is the path with its mount.
func (e *Entry) Full() string { return e.Mount.Path + e.Path }

// Problem is what could not be read.
type Problem struct{ Path, Reason string }

// Tree are the secrets with a certificate in safe's layout, in the order of their paths.
type Tree struct {
	Entries  []*Entry
	Problems []Problem
}

// Tree reads the public part of all secrets below the paths, each once. most is the largest number of secrets. step,
// if it is not nil, is called for each.
func (s Store) Tree(ctx context.Context, paths []string, most int, step func()) *Tree {
	w := &walker{store: s, step: step, readers: make([]client.Reader, s.Client.Concurrency()), seen: map[string]bool{}}
	for _, path := range paths {
		v := client.Visitor{Secret: w.visit, Problem: w.problem, Max: most, Before: len(w.seen)}
		s.Client.Walk(ctx, path, &v)
	}
	slices.SortFunc(w.tree.Entries, func(x, y *Entry) int { return strings.Compare(x.Full(), y.Full()) })
	slices.SortFunc(w.tree.Problems, func(x, y Problem) int {
		return cmp.Or(strings.Compare(x.Path, y.Path), strings.Compare(x.Reason, y.Reason))
	})
	return &w.tree
}

// walker visits secrets, several at once.
type walker struct {
	store   Store
	step    func()
	readers []client.Reader // one for each worker

	mutex sync.Mutex
	seen  map[string]bool
	tree  Tree
}

func (w *walker) visit(ctx context.Context, worker int, m client.Mount, path string) error {
	w.mutex.Lock()
	known := w.seen[m.Path+path]
	w.seen[m.Path+path] = true
	if w.step != nil {
		w.step()
	}
	w.mutex.Unlock()
	if known {
		return nil
	}
	e, err := w.store.entry(ctx, m, path, &w.readers[worker])
	if e != nil {
		w.mutex.Lock()
		defer w.mutex.Unlock()
		w.tree.Entries = append(w.tree.Entries, e)
	}
	return err
}

// Entry reads the public part of one secret. It is nil if there is none, or no certificate in it.
func (s Store) Entry(ctx context.Context, path string) (*Entry, error) {
	mount, rest, err := s.Client.FindMount(ctx, path)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	e, err := s.entry(ctx, mount, rest, &client.Reader{})
	if client.Is(err, client.NotFound) {
		return nil, nil
	}
	return e, err
}

func (s Store) entry(ctx context.Context, m client.Mount, path string, reader *client.Reader) (*Entry, error) {
	read, err := s.Client.ReadSecret(ctx, m, path, 0, reader)
	if err != nil || read.Deleted {
		return nil, err
	}
	for _, contents := range read.Contents {
		if contents.Key == CertificateKey {
			return &Entry{m, path, contents.Certificates[0], read.Keyless, read.Version}, nil
		}
	}
	return nil, nil
}

func (w *walker) problem(path, reason string) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.tree.Problems = append(w.tree.Problems, Problem{path, reason})
}

// Signers are the entries whose key signed a certificate, as the signature proves. An entry without a private key
// cannot sign, and is not among them.
func (t *Tree) Signers(of *cert.Certificate) (found []*Entry) {
	for _, e := range t.Entries {
		if e.Signed(of) {
			found = append(found, e)
		}
	}
	return found
}

// Signed tells whether the key of the entry signed a certificate, and is there to sign another one.
func (e *Entry) Signed(c *cert.Certificate) bool {
	return !e.Keyless && !c.RulesOut(e.Certificate) && c.SignedBy(e.Certificate) == cert.Signed
}

// maxHistory is how many earlier versions of a CA are read to find the one that signed.
const maxHistory = 10

// Successors are the secrets of CAs whose earlier version signed a certificate: such a CA has a new key now. Only an engine
// of KV version 2 keeps earlier versions.
func (s Store) Successors(ctx context.Context, t *Tree, of *cert.Certificate) (found []*Entry) {
	var reader client.Reader
	for _, e := range t.Entries {
		if e.Keyless || !e.Certificate.CA || e.Certificate.Subject != of.Issuer {
			continue
		}
		for version := e.Version - 1; version > max(0, e.Version-1-maxHistory); version-- {
			read, err := s.Client.ReadSecret(ctx, e.Mount, e.Path, version, &reader)
			if err == nil && signedOne(read, of) {
				found = append(found, e)
				break
			}
		}
	}
	return found
}

func signedOne(read client.SecretVersion, of *cert.Certificate) bool {
	for _, contents := range read.Contents {
		if contents.Key == CertificateKey && of.SignedBy(contents.Certificates[0]) == cert.Signed {
			return true
		}
	}
	return false
}
