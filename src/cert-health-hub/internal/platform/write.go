package platform

import (
	"context"
	"io"

	"cert-health/internal/survey"
	"cert-health/internal/survey/wire"
)

// Write writes a survey of the instances of a query, and of all stores. It holds one report at a time, and each
// certificate once. A survey that ends with an error says so in its last line.
func (s *Service) Write(ctx context.Context, w io.Writer, q Query) error {
	of, now := s.views(), s.options.Clock.Now()
	out := wire.NewEncoder(w, now)
	var held survey.Builder // the secrets, each once
	var u unseen
	for _, i := range sorted(selected(of.fleet, q)) {
		p, err := s.read(ctx, i)
		if err != nil {
			return out.End(err)
		}
		u.note(i.Standing, p)
		out.Instance(&p.instance)
		for _, secret := range p.secrets {
			held.Secret(secret)
		}
	}
	for _, sentence := range u.sentences(of.fleet) {
		held.Blind(sentence)
	}
	addStores(&held, of.catalog)
	rest := held.Build(now)
	for _, secret := range rest.Secrets {
		out.Secret(secret)
	}
	for _, sentence := range rest.Blind {
		out.Blind(sentence)
	}
	return out.End(nil)
}
