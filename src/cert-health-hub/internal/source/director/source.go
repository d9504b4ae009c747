package director

import (
	"context"
	"strings"
	"time"

	"cert-health/hub/internal/inventory"
	"cert-health/hub/internal/source/remote"
)

// Type is the type of these sources.
const Type = "director"

// concurrency is the number of deployments that are asked for at once. For each variable of one, the
// Director asks CredHub.
const concurrency = 4

// source is one Director. It implements inventory.Source.
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
	r, err := remote.New(remote.Options{Product: "the Director", CACert: options.CACert, Now: options.Now})
	if err != nil {
		return nil, err
	}
	return &source{name, options, r}, nil
}

// Collect implements inventory.Source.
func (s *source) Collect(ctx context.Context, known inventory.Known) (*inventory.Collection, error) {
	s.remote.Begin(ctx)
	defer s.remote.End()
	n, err := s.connect()
	if err != nil {
		return nil, err
	}
	p := &pass{ctx: ctx, source: s, session: n, known: known, begun: s.options.Now(), paths: map[string]bool{}}
	deployments, err := p.deployments()
	if err != nil {
		return nil, err
	}
	p.own()
	remote.Each(concurrency, deployments, func(_ int, d **deployment) { p.look(*d) })
	p.states(deployments)
	return s.remote.Finish(&p.collection)
}
