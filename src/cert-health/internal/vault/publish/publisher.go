// Package publish writes publications to Vault for agents that may not read secrets: into the
// custom metadata of an engine of version 2, or into documents beside the secrets in an engine of
// version 1. It runs in one place, with a token that may read secrets. It writes only
// fingerprints, dates and identity digests.
package publish

import (
	"context"
	"time"

	"cert-health/internal/vault/client"
)

// Options of a publisher. Paths, MaxSecrets and Now are required.
type Options struct {
	Paths      []string // with the mount
	MaxSecrets int      // below each of them
	DryRun     bool     // reads everything and writes nothing
	Prune      bool     // removes the publications of secrets that do not exist any more
	Now        func() time.Time
	// Progress, if set, is called with the number of secrets so far.
	Progress func(secrets int)
}

// Publisher publishes repeatedly. It is not safe for concurrent use.
type Publisher struct {
	client   *client.Client
	options  Options
	verified map[string]int // by full path: the version whose publication was compared with its secret
}

// New returns a publisher.
func New(client *client.Client, options Options) *Publisher {
	p := &Publisher{client: client, options: options}
	p.Forget()
	return p
}

// Forget makes the next Run read every secret again.
func (p *Publisher) Forget() { p.verified = map[string]int{} }

// Run publishes everything below the paths that is not published yet. It returns an error if
// nothing could be published, or if ctx ended. Other problems are in the result.
func (p *Publisher) Run(ctx context.Context) (*Result, error) {
	before := p.client.Requests()
	if err := p.client.Authenticate(ctx); err != nil {
		return nil, err
	}
	working, giveUp := context.WithCancel(ctx)
	defer giveUp()
	r := &run{
		Publisher: p, giveUp: giveUp, unanswered: p.client.Unanswered(),
		workers: make([]client.Reader, p.client.Concurrency()),
		done:    map[string]outcome{},
		result:  Result{DryRun: p.options.DryRun, Changes: []Change{}, Problems: []Problem{}},
	}
	for _, path := range p.options.Paths {
		r.publishBelow(working, path)
	}
	r.result.Requests = p.client.Requests() - before
	r.result.complete()
	if err := ctx.Err(); err != nil {
		return &r.result, err
	}
	return &r.result, r.result.nothing()
}
