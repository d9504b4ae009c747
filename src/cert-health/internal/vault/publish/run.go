package publish

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"cert-health/internal/cert"
	"cert-health/internal/vault/client"
	"cert-health/internal/vault/publication"
)

// run is the state of one Run.
type run struct {
	*Publisher
	giveUp  context.CancelFunc
	workers []client.Reader
	away    int // requests that Vault was not there to answer, in a row until this run

	mutex  sync.Mutex
	result Result
	done   map[string]outcome // by full path
}

// outcome is what became of one secret.
type outcome struct {
	identities []cert.IdentityDigest // that are published of it
	failed     bool
}

// seen tells whether it is known what is published of the secret.
func (o outcome) seen() bool { return !o.failed || len(o.identities) > 0 }

// base is one path at work, with everything below it.
type base struct {
	*run
	mount   client.Mount
	folder  string                       // the path within the mount
	secrets publication.IdentitiesByPath // that were seen
	hidden  map[string]bool              // what was not: secrets, and folders with all below them
}

// base publishes everything below one path, and then its index.
func (r *run) base(ctx context.Context, path string) {
	m, rest, err := r.client.FindMount(ctx, path)
	if err != nil {
		r.trouble(ctx, strings.Trim(path, "/"), err.Error())
		return
	}
	b := &base{run: r, mount: m, folder: rest, secrets: publication.IdentitiesByPath{}, hidden: map[string]bool{}}
	r.client.Walk(ctx, path, &client.Visitor{
		Max:     r.options.MaxSecrets,
		Skip:    publication.IsIndex,
		Problem: func(path, reason string) { b.unseen(ctx, path, reason) },
		Secret:  b.secret,
	})
	if ctx.Err() != nil || len(b.secrets) == 0 {
		return // what is not whole is better left as it was
	}
	if err := b.writeIndex(ctx); err != nil {
		r.trouble(ctx, m.Path+publication.IndexPath(rest), "write the index: "+err.Error())
	}
	if r.options.Prune {
		b.prune(ctx)
	}
}

func (b *base) unseen(ctx context.Context, path, reason string) {
	b.mutex.Lock()
	b.hidden[strings.TrimPrefix(path, b.mount.Path)] = true
	b.mutex.Unlock()
	b.trouble(ctx, path, reason)
}

// secret publishes one secret, unless another base has done that.
func (b *base) secret(ctx context.Context, worker int, m client.Mount, path string) error {
	if publication.IsIndex(path) || b.again(path) {
		return nil
	}
	s := &subject{run: b.run, mount: m, path: path, worker: &b.workers[worker]}
	document, err := s.publish(ctx)
	if client.Is(err, client.NotFound) && path != b.folder {
		return nil // it was removed since it was listed
	}
	b.book(path, document, err)
	return err
}

// again tells whether a secret is done already, and takes over what became of it.
func (b *base) again(path string) bool {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	outcome, done := b.done[b.mount.Path+path]
	if done {
		b.enter(path, outcome)
	}
	return done
}

func (b *base) enter(path string, o outcome) {
	if o.failed {
		b.hidden[path] = true
	}
	if o.seen() {
		b.secrets[path] = o.identities
	}
}

// hides tells whether a secret may be there although it was not seen.
func (b *base) hides(secret string) bool {
	if _, seen := b.secrets[secret]; seen {
		return false
	}
	if b.hidden[secret] || b.hidden[""] {
		return true
	}
	for i, c := range secret {
		if c == '/' && b.hidden[secret[:i+1]] {
			return true
		}
	}
	return false
}

// book notes what became of a secret.
func (b *base) book(path string, document publication.Document, err error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	o := outcome{document.Identities(), err != nil}
	b.done[b.mount.Path+path] = o
	b.enter(path, o)
	b.result.Secrets++
	switch {
	case err != nil:
		b.result.Failed++
	case len(document.Entries) > 0:
		b.result.Published++
		b.result.Certificates += len(document.Entries)
	}
	if b.options.Progress != nil {
		b.options.Progress(b.result.Secrets)
	}
}

func (r *run) changed(c Change) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.result.Changes = append(r.result.Changes, c)
}

func (r *run) problem(path, reason string) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.result.Problems = append(r.result.Problems, Problem{Path: path, Reason: reason})
}

// patience is how many requests in a row each worker may find Vault away, retries
// aside, before the run is given up.
const patience = 2

// trouble notes a problem, and gives up when Vault is not there any more: everything
// else would fail as slowly, with one line for each secret.
func (r *run) trouble(ctx context.Context, path, reason string) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if ctx.Err() != nil {
		return // of what was begun before that
	}
	unanswered := r.client.Unanswered()
	if unanswered < r.away {
		r.away = 0 // it has answered since
	}
	if unanswered-r.away >= patience*len(r.workers) {
		r.giveUp()
		path, reason = "", fmt.Sprintf("gave up after %d secrets, the rest is as it was: %s", r.result.Secrets-r.result.Failed, reason)
	}
	r.result.Problems = append(r.result.Problems, Problem{Path: path, Reason: reason})
}
