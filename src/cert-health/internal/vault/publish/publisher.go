// Package publish writes the public half of secrets where agents may read it that
// have no right to the other half: into the custom metadata of an engine of version 2,
// and beside the secrets in one of version 1. It runs centrally, with a token that may
// read secrets; nothing but fingerprints, dates and identities leaves it.
package publish

import (
	"context"
	"time"

	"cert-health/internal/vault/client"
)

// Options of a publisher. Paths, MaxSecrets and Now are required.
type Options struct {
	Paths      []string // mount included
	MaxSecrets int      // below each of them
	DryRun     bool     // reads everything and writes nothing
	Prune      bool     // removes what was published of secrets that are no more
	Now        func() time.Time
	// Progress, when set, is told how many secrets were seen so far.
	Progress func(secrets int)
}

// Publisher publishes again and again. Its methods must not be called concurrently.
type Publisher struct {
	client   *client.Client
	options  Options
	verified map[string]int // by full path: the version whose publication was compared with the secret
}

// New returns a publisher.
func New(client *client.Client, options Options) *Publisher {
	p := &Publisher{client: client, options: options}
	p.Forget()
	return p
}

// Forget makes the next Run read every secret again, published or not.
func (p *Publisher) Forget() { p.verified = map[string]int{} }

// Run publishes everything below the paths that is not published yet. An error means
// that nothing could be done, or that ctx ended; what could not be done in part is in
// the result.
func (p *Publisher) Run(ctx context.Context) (*Result, error) {
	before := p.client.Requests()
	if err := p.client.Authenticate(ctx); err != nil {
		return nil, err
	}
	working, giveUp := context.WithCancel(ctx)
	defer giveUp()
	r := &run{
		Publisher: p, giveUp: giveUp, away: p.client.Unanswered(),
		workers: make([]client.Reader, p.client.Concurrency()),
		done:    map[string]outcome{},
		result:  Result{DryRun: p.options.DryRun, Changes: []Change{}, Problems: []Problem{}},
	}
	for _, path := range p.options.Paths {
		r.base(working, path)
	}
	r.result.Requests = p.client.Requests() - before
	r.result.sort()
	if err := ctx.Err(); err != nil {
		return &r.result, err
	}
	return &r.result, r.result.nothing()
}
