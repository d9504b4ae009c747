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
	giveUp     context.CancelFunc
	workers    []client.Reader
	unanswered int // number of consecutive requests without an answer at the start

	mutex  sync.Mutex
	result Result
	done   map[string]outcome // by full path
}

// outcome is the result for one secret.
type outcome struct {
	identities []cert.IdentityDigest // the published ones
	failed     bool
}

// known tells whether it is known what is published of the secret.
func (o outcome) known() bool { return !o.failed || len(o.identities) > 0 }

// directory is one of the published paths, with everything below it.
type directory struct {
	*run
	mount   client.Mount
	path    string                    // below the mount
	secrets publication.DigestsByPath // of the secrets that were read
	unread  map[string]bool           // paths of secrets and directories that could not be read
}

// publishBelow publishes everything below one path, and then its index.
func (r *run) publishBelow(ctx context.Context, path string) {
	m, rest, err := r.client.FindMount(ctx, path)
	if err != nil {
		r.fail(ctx, strings.Trim(path, "/"), err.Error())
		return
	}
	d := &directory{run: r, mount: m, path: rest, secrets: publication.DigestsByPath{}, unread: map[string]bool{}}
	r.client.Walk(ctx, path, &client.Visitor{
		Max:     r.options.MaxSecrets,
		Skip:    publication.IsPublication,
		Problem: func(path, reason string) { d.noteUnread(ctx, path, reason) },
		Secret:  d.secret,
	})
	if ctx.Err() != nil || len(d.secrets) == 0 {
		return // an incomplete index would be worse than the existing one
	}
	if err := d.writeIndex(ctx); err != nil {
		r.fail(ctx, m.Path+publication.IndexPath(rest), "write the index: "+err.Error())
	}
	if r.options.Prune {
		d.prune(ctx)
	}
}

func (d *directory) noteUnread(ctx context.Context, path, reason string) {
	d.mutex.Lock()
	d.unread[strings.TrimPrefix(path, d.mount.Path)] = true
	d.mutex.Unlock()
	d.fail(ctx, path, reason)
}

// secret publishes one secret, unless it was published below another path already.
func (d *directory) secret(ctx context.Context, worker int, m client.Mount, path string) error {
	if publication.IsPublication(path) || d.published(path) {
		return nil
	}
	s := &subject{run: d.run, mount: m, path: path, worker: &d.workers[worker]}
	document, err := s.publish(ctx)
	if client.Is(err, client.NotFound) && path != d.path {
		return nil // it was removed after the directory was listed
	}
	d.record(path, document, err)
	return err
}

// published tells whether a secret was published already, and takes over the outcome.
func (d *directory) published(path string) bool {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	outcome, done := d.done[d.mount.Path+path]
	if done {
		d.add(path, outcome)
	}
	return done
}

func (d *directory) add(path string, o outcome) {
	if o.failed {
		d.unread[path] = true
	}
	if o.known() {
		d.secrets[path] = o.identities
	}
}

// mayExist tells whether a secret that was not read may exist.
func (d *directory) mayExist(secret string) bool {
	if _, read := d.secrets[secret]; read {
		return false
	}
	if d.unread[secret] || d.unread[""] {
		return true
	}
	for i, c := range secret {
		if c == '/' && d.unread[secret[:i+1]] {
			return true
		}
	}
	return false
}

// record records the outcome for a secret.
func (d *directory) record(path string, document publication.Document, err error) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	o := outcome{document.IdentityDigests(), err != nil}
	d.done[d.mount.Path+path] = o
	d.add(path, o)
	d.result.Secrets++
	switch {
	case err != nil:
		d.result.failed++
	case len(document.Entries) > 0:
		d.result.Published++
		d.result.Certificates += len(document.Entries)
	}
	if d.options.Progress != nil {
		d.options.Progress(d.result.Secrets)
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

// maxUnanswered is the number of consecutive requests without an answer per worker, after which a
// run ends. It does not count retries.
const maxUnanswered = 2

// fail adds a problem, and ends the run if Vault does not answer any more: all other requests
// would fail slowly, with one problem for each secret.
func (r *run) fail(ctx context.Context, path, reason string) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if ctx.Err() != nil {
		return // the run has ended already
	}
	unanswered := r.client.Unanswered()
	if unanswered < r.unanswered {
		r.unanswered = 0 // Vault has answered since
	}
	if unanswered-r.unanswered >= maxUnanswered*len(r.workers) {
		r.giveUp()
		path, reason = "", fmt.Sprintf("gave up after %d secrets; the others are not changed: %s", r.result.Secrets-r.result.failed, reason)
	}
	r.result.Problems = append(r.result.Problems, Problem{Path: path, Reason: reason})
}
