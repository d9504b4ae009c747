package publish

import (
	"context"

	"cert-health/internal/vault/client"
	"cert-health/internal/vault/publication"
)

// writeIndex brings the index up to date: its parts first, and its head last, so that
// a reader finds a whole one at any moment.
func (b *base) writeIndex(ctx context.Context) error {
	before, err := b.parts(ctx)
	if err != nil {
		return err
	}
	index := b.index()
	if len(b.hidden) > 0 {
		if err := b.keep(ctx, index, before); err != nil {
			return err
		}
	}
	parts, err := index.Encode()
	if err != nil {
		return err
	}
	for number, values := range parts {
		if err := b.document(ctx, publication.PartPath(b.folder, len(parts), number), values); err != nil {
			return err
		}
	}
	if err := b.document(ctx, publication.IndexPath(b.folder), publication.EncodeHead(len(parts))); err != nil {
		return err
	}
	if before != len(parts) {
		b.removeParts(ctx, before)
	}
	return nil
}

// index is that of the secrets that were seen.
func (b *base) index() publication.Index {
	for path, identities := range b.secrets {
		if len(identities) > 0 && !publication.Indexable(path) {
			b.problem(b.mount.Path+path, "its path is too long for the index: agents find it only when they are given this path")
		}
	}
	return b.secrets.Index()
}

// parts is of how many parts the index is that stands there; 0 when there is none.
func (b *base) parts(ctx context.Context) (int, error) {
	custom, err := b.client.ReadDocument(ctx, b.mount, publication.IndexPath(b.folder))
	if client.Is(err, client.NotFound) || client.Is(err, client.Rejected) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	parts, err := publication.DecodeHead(custom)
	if err != nil {
		return 0, nil // it is replaced
	}
	return parts, nil
}

// keep takes over from the index that stands there what was not seen this time: that
// it could not be read does not mean that it is gone.
func (b *base) keep(ctx context.Context, index publication.Index, parts int) error {
	before := publication.Index{}
	for number := range parts {
		path := publication.PartPath(b.folder, parts, number)
		custom, err := b.client.ReadDocument(ctx, b.mount, path)
		if err != nil && !client.Is(err, client.NotFound) && !client.Is(err, client.Rejected) {
			return err
		}
		if err := before.DecodePart(custom); err != nil {
			b.trouble(ctx, b.mount.Path+path, "what it said of secrets that were not seen now is lost: "+err.Error())
		}
	}
	for identity, paths := range before {
		for _, path := range paths {
			if b.hides(path) {
				index.Keep(identity, path)
			}
		}
	}
	return nil
}

// document writes one document of the index, when it is not that already.
func (b *base) document(ctx context.Context, path string, values []string) error {
	custom, err := b.client.ReadDocument(ctx, b.mount, path)
	if err != nil && !client.Is(err, client.NotFound) && !client.Is(err, client.Rejected) {
		return err
	}
	set, unset := publication.Change(custom, values)
	if len(set)+len(unset) == 0 {
		return nil
	}
	if !b.options.DryRun {
		if err := b.client.WriteDocument(ctx, b.mount, path, custom, set, unset); err != nil {
			return err
		}
	}
	b.result.IndexWrites++
	return nil
}

// removeParts removes the parts of an index that was replaced.
func (b *base) removeParts(ctx context.Context, parts int) {
	for number := range parts {
		b.remove(ctx, publication.PartPath(b.folder, parts, number))
	}
}

// remove removes a document of our own, and tells whether that went well.
func (b *base) remove(ctx context.Context, path string) bool {
	if b.options.DryRun {
		return true
	}
	err := b.client.DeleteDocument(ctx, b.mount, path)
	if err != nil {
		b.trouble(ctx, b.mount.Path+path, "remove it: "+err.Error())
	}
	return err == nil
}
