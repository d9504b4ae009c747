package publish

import (
	"context"
	"errors"
	"fmt"

	"cert-health/internal/vault/publication"
)

// publishDocument publishes a secret of an engine of version 1, which has no metadata, in a
// document of its own. The version counts the publications, and its date is the time of the
// publication.
func (s *subject) publishDocument(ctx context.Context) (publication.Document, error) {
	at := publication.DocumentPath(s.path)
	custom, err := s.client.ReadDocument(ctx, s.mount, at)
	if err != nil && !nothingPublished(err) {
		return publication.Document{}, fmt.Errorf("read its publication: %w", err)
	}
	before, unread := publication.Decode(custom)
	after, err := s.read(ctx, 0)
	if err != nil {
		return before, err
	}
	if errors.Is(unread, publication.ErrNone) && empty(after) {
		return after, nil
	}
	after.Version, after.Created = before.Version, before.Created
	if unread != nil || !after.SameEntries(before) {
		after.Version, after.Created = before.Version+1, s.options.Now().UTC()
	}
	after.Keep(before)
	if err := s.write(ctx, at, custom, after); err != nil {
		return before, err
	}
	return after, nil
}
