package opsman

import (
	"context"
	"strings"
	"time"

	"cert-health/hub/internal/inventory"
	"cert-health/hub/internal/source/remote"
	"cert-health/internal/extract"
)

// Type is the type of these sources.
const Type = "opsman"

// source is one Ops Manager. It implements inventory.Source.
type source struct {
	name    string
	options Options
	remote  *remote.Remote
}

// New prepares a source with a name. It sends nothing.
func New(name string, options Options) (inventory.Source, error) {
	options.Address = strings.TrimRight(options.Address, "/")
	if options.Now == nil {
		options.Now = time.Now
	}
	r, err := remote.New(remote.Options{Product: "Ops Manager", CACert: options.CACert, Now: options.Now})
	if err != nil {
		return nil, err
	}
	return &source{name, options, r}, nil
}

// pass is one collection.
type pass struct {
	source     *source
	session    *session
	extractor  *extract.Extractor
	collection inventory.Collection
	paths      map[string]int // how many items have a path
}

// Collect implements inventory.Source.
func (s *source) Collect(ctx context.Context, _ inventory.Known) (*inventory.Collection, error) {
	s.remote.Begin(ctx)
	defer s.remote.End()
	n, err := s.connect()
	if err != nil {
		return nil, err
	}
	p := &pass{source: s, session: n, extractor: new(extract.Extractor), paths: map[string]int{}}
	if err := p.deployed(); err != nil {
		return nil, err
	}
	p.authorities()
	return s.remote.Finish(&p.collection)
}

func (p *pass) unseen(path, reason string) {
	p.collection.Unseen = append(p.collection.Unseen, inventory.Unseen{Path: path, Reason: reason})
}
