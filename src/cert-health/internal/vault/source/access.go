package source

import (
	"context"
	"slices"

	"cert-health/internal/reference"
	"cert-health/internal/vault/client"
)

// checkAccess asks Vault once what the token permits: operators should know if every VM has the
// right to read private keys.
func (s *Source) checkAccess(ctx context.Context) {
	if s.accessKnown {
		return
	}
	s.access = reference.Access{Mode: string(s.options.Mode)}
	var probes []string
	for _, base := range s.options.Paths {
		m, rest, err := s.client.FindMount(ctx, base)
		if err != nil {
			continue
		}
		// The path may be a secret or a directory.
		probes = append(probes, m.Data(rest), m.Data(rest+"/cert-health-probe"))
	}
	if len(probes) == 0 {
		return
	}
	allowed, err := s.client.Capabilities(ctx, probes)
	s.accessKnown = !client.IsTemporary(err)
	if err != nil {
		return // its policy does not permit to ask
	}
	s.access.Known = true
	for _, capabilities := range allowed {
		if slices.Contains(capabilities, "read") || slices.Contains(capabilities, "root") {
			s.access.ReadData = true
		}
	}
}
