package vault

import (
	"context"
	"strings"

	"cert-health/hub/internal/inventory"
	"cert-health/internal/vault/client"
	"cert-health/internal/vault/publication"
)

// area is a part of Vault that is searched.
type area struct {
	client.Engine
	rest string // of a KV engine: the path that is searched; empty for all
}

// areas finds out what to search. It fails if Vault does not answer.
func (s *source) areas(ctx context.Context, p *pass) ([]area, error) {
	if s.options.Client.Version != 0 {
		return s.given(ctx, p), nil
	}
	var areas []area
	for _, namespace := range s.options.Namespaces {
		namespace = strings.Trim(namespace, "/")
		engines, err := s.client.Engines(ctx, namespace)
		if client.IsTemporary(err) {
			return nil, err
		}
		if err != nil {
			p.unseen(slashed(namespace), err.Error())
			continue
		}
		for _, path := range s.options.Paths {
			areas = append(areas, s.areasOf(ctx, p, engines, slashed(namespace), path)...)
		}
		areas = append(areas, s.issuing(p, engines, slashed(namespace))...)
	}
	return s.withoutNested(s.remember(p, areas)), nil
}

// given are the areas if the settings say which engine the paths are in.
func (s *source) given(ctx context.Context, p *pass) (areas []area) {
	for _, path := range s.options.Paths {
		areas = append(areas, s.ask(ctx, p, path)...)
	}
	return areas
}

func (s *source) ask(ctx context.Context, p *pass, path string) []area {
	m, rest, err := s.client.FindMount(ctx, path)
	if err != nil {
		p.tree(path, p.check(err).Error())
		return nil
	}
	return []area{{client.Engine{Mount: m, Type: "kv"}, rest}}
}

// areasOf returns the areas of one configured path.
func (s *source) areasOf(ctx context.Context, p *pass, engines []client.Engine, namespace, path string) (areas []area) {
	full := namespace + strings.Trim(path, "/")
	for _, e := range engines {
		switch {
		case !e.KV():
		case path == every:
			areas = append(areas, area{e, ""})
		case strings.HasPrefix(full+"/", e.Path):
			return []area{{e, strings.Trim(strings.TrimPrefix(full+"/", e.Path), "/")}}
		}
	}
	if path == every {
		return areas
	}
	if namespace == "" {
		return s.ask(ctx, p, path) // Vault says why
	}
	p.tree(full, "the token sees no KV engine at this path: correct "+s.options.NameOfPaths()+", or the policy of the token")
	return nil
}

// NameOfPaths names the setting with the paths.
func (o *Options) NameOfPaths() string { return o.Client.NameOfPaths() }

// issuing returns the PKI engines that are asked for.
func (s *source) issuing(p *pass, engines []client.Engine, namespace string) (areas []area) {
	for _, want := range s.options.PKI {
		want = strings.Trim(want, "/")
		found := false
		for _, e := range engines {
			if e.Type == "pki" && (want == every || e.Path == namespace+want+"/") {
				areas, found = append(areas, area{Engine: e}), true
			}
		}
		if !found && want != every {
			p.unseen(namespace+want+"/", "the token sees no PKI engine at this path: correct "+s.options.Client.Prefix+"pki, or the policy of the token")
		}
	}
	return areas
}

// remember notes the engines that * finds, and misses those that it found before: a policy that
// permits less must not look like an engine that is gone.
func (s *source) remember(p *pass, areas []area) []area {
	now := map[string]bool{}
	for _, a := range areas {
		if a.rest == "" {
			now[a.Path] = true
		}
	}
	for path := range s.engines {
		if !now[path] && !p.excludedBelow(path) {
			p.unseen(path, "the token does not see this engine any more: permit it in the policy of the token, or, if it is gone, add "+
				path+"** to "+s.options.Client.Prefix+"exclude")
		}
	}
	for path := range now {
		s.engines[path] = true
	}
	return areas
}

// withoutNested drops areas that lie within others, and excluded engines.
func (s *source) withoutNested(areas []area) (kept []area) {
	for i, a := range areas {
		within := false
		for j, other := range areas {
			in := strings.HasPrefix(slashed(a.Path+a.rest), slashed(other.Path+other.rest)) && a.Type == other.Type
			within = within || i != j && in && (slashed(a.Path+a.rest) != slashed(other.Path+other.rest) || j < i)
		}
		if !within {
			kept = append(kept, a)
		}
	}
	return kept
}

// slashed ends a path with one slash, unless it is empty.
func slashed(path string) string {
	if path = strings.TrimSuffix(path, "/"); path == "" {
		return ""
	}
	return path + "/"
}

// tree notes that a path, which may be that of a secret, and all below it could not be seen.
func (p *pass) tree(path, reason string) {
	path = strings.Trim(path, "/")
	p.unseen(path+"/", reason)
	if _, known := p.known.Item(path); known {
		p.unseen(path, reason)
	}
}

// visit searches an area.
func (a area) visit(ctx context.Context, p *pass) {
	if p.excludedBelow(a.Path) {
		return
	}
	if !a.KV() {
		p.issued(ctx, a.Path)
		return
	}
	p.client.WalkIn(ctx, a.Mount, a.rest, &client.Visitor{
		Max: p.options.MaxSecrets, Before: p.visited,
		Skip: func(directory string) bool { return p.excludedBelow(a.Path + directory) },
		Problem: func(path, reason string) {
			if ctx.Err() == nil || !strings.HasSuffix(path, "/") { // otherwise the reason counts what is left
				p.unseen(path, reason)
			}
		},
		Secret: func(ctx context.Context, worker int, m client.Mount, path string) error {
			p.count()
			if publication.IsPublication(path) || p.excluded(m.Path+path) {
				return nil
			}
			return p.check(p.secret(ctx, &p.workers[worker], m, path))
		},
	})
}

func (p *pass) count() {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.visited++
}

var _ inventory.Source = (*source)(nil)
