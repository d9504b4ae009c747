package vault

import (
	"context"
	"errors"
	"fmt"

	"cert-health/internal/reference"
)

// maxHistory is how many versions of a secret are looked at: Vault keeps ten
// unless it is told otherwise.
const maxHistory = 10

// History implements reference.Historian. A version that was deleted counts with
// its date and no certificates; the first that never was, or is no longer kept,
// ends the list.
func (s *Source) History(ctx context.Context, entry reference.Entry) ([]reference.Version, error) {
	ctx, cancel := context.WithTimeout(ctx, s.options.Timeout)
	defer cancel()
	m := mount{path: entry.Mount, version: 2}
	var versions []reference.Version
	var w worker
	for number := entry.Version - 1; number > 0 && entry.Version-number <= maxHistory; number-- {
		read, err := s.readSecret(ctx, m, entry.Path, number, &w)
		if errors.Is(err, errGone) && read.version == 0 {
			break
		}
		if err != nil && !errors.Is(err, errGone) {
			return versions, fmt.Errorf("version %d: %w", number, err)
		}
		version := reference.Version{Number: number, Created: read.created}
		for _, held := range read.certificates {
			version.Fingerprints = append(version.Fingerprints, held.certificate.Fingerprint)
		}
		versions = append(versions, version)
	}
	return versions, nil
}
