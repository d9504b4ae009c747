package credhub

import (
	"context"
	"os"
	"strings"
	"time"

	"cert-health/hub/internal/inventory"
	"cert-health/hub/internal/source/remote"
	"cert-health/internal/extract"
)

// Type is the type of these sources.
const Type = "credhub"

// source is one CredHub. It implements inventory.Source.
type source struct {
	options    Options
	remote     *remote.Remote
	extractors []*extract.Extractor // one for each goroutine
}

// New prepares a source. Its messages do not contain its name. It sends nothing.
func New(_ string, options Options) (inventory.Source, error) {
	// With this variable the official client prints every value to standard output.
	if err := os.Unsetenv("CREDHUB_DEBUG"); err != nil {
		return nil, err
	}
	options.Address = strings.TrimRight(options.Address, "/")
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.Concurrency < 1 {
		options.Concurrency = Defaults().Concurrency
	}
	r, err := remote.New(remote.Options{Product: "CredHub", CACert: options.CACert, Certificate: options.Certificate, PrivateKey: options.PrivateKey, Now: options.Now})
	if err != nil {
		return nil, err
	}
	s := &source{options: options, remote: r}
	for range options.Concurrency {
		s.extractors = append(s.extractors, new(extract.Extractor))
	}
	return s, nil
}

// maxKnown is the number of certificates after which an extractor forgets those that it has read.
const maxKnown = 5_000

// Collect implements inventory.Source.
func (s *source) Collect(ctx context.Context, known inventory.Known) (*inventory.Collection, error) {
	s.remote.Begin(ctx)
	defer s.remote.End()
	n, err := s.connect()
	if err != nil {
		return nil, err
	}
	p := &pass{source: s, session: n, known: known, began: s.options.Now(), seen: map[string]bool{}}
	if err := p.plan(); err != nil {
		return nil, err
	}
	remote.Each(s.options.Concurrency, p.jobs, p.work)
	for _, e := range s.extractors {
		e.Release(maxKnown)
	}
	return s.remote.Finish(&p.collection)
}
