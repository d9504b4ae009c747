package publish

import (
	"context"

	"cert-health/internal/vault/client"
	"cert-health/internal/vault/publication"
)

// writeIndex updates the index. It writes the head last, so that a reader always finds a complete
// index.
func (d *directory) writeIndex(ctx context.Context) error {
	before, err := d.parts(ctx)
	if err != nil {
		return err
	}
	index := d.index()
	if len(d.unread) > 0 {
		if err := d.keep(ctx, index, before); err != nil {
			return err
		}
	}
	parts, err := index.Encode()
	if err != nil {
		return err
	}
	for number, values := range parts {
		if err := d.document(ctx, publication.PartPath(d.path, len(parts), number), values); err != nil {
			return err
		}
	}
	if err := d.document(ctx, publication.IndexPath(d.path), publication.EncodeHead(len(parts))); err != nil {
		return err
	}
	if before != len(parts) {
		d.removeParts(ctx, before)
	}
	return nil
}

// index returns the index of the secrets that were read.
func (d *directory) index() publication.Index {
	for path, identities := range d.secrets {
		if len(identities) > 0 && !publication.Indexable(path) {
			d.problem(d.mount.Path+path, "its path is too long for the index: name this path in vault.paths of the agents that need it")
		}
	}
	return d.secrets.Index()
}

// parts returns the number of parts of the existing index, or 0 if there is none.
func (d *directory) parts(ctx context.Context) (int, error) {
	custom, err := d.client.ReadDocument(ctx, d.mount, publication.IndexPath(d.path))
	if nothingPublished(err) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	parts, err := publication.DecodeHead(custom)
	if err != nil {
		return 0, nil // a damaged index is replaced
	}
	return parts, nil
}

// nothingPublished tells whether an error says that there is no publication at a path: nothing is
// there, or a secret of another form, which is replaced.
func nothingPublished(err error) bool {
	return client.Is(err, client.NotFound) || client.Is(err, client.Rejected)
}

// keep copies the paths of secrets that could not be read from the existing index: they may still
// exist.
func (d *directory) keep(ctx context.Context, index publication.Index, parts int) error {
	before := publication.Index{}
	for number := range parts {
		path := publication.PartPath(d.path, parts, number)
		custom, err := d.client.ReadDocument(ctx, d.mount, path)
		if err != nil && !nothingPublished(err) {
			return err
		}
		if err := before.DecodePart(custom); err != nil {
			d.fail(ctx, d.mount.Path+path, "the index entries of secrets that could not be read are lost: "+err.Error())
		}
	}
	for identity, paths := range before {
		for _, path := range paths {
			if d.mayExist(path) {
				index.Keep(identity, path)
			}
		}
	}
	return nil
}

// document writes one document of the index, if it changes.
func (d *directory) document(ctx context.Context, path string, values []string) error {
	custom, err := d.client.ReadDocument(ctx, d.mount, path)
	if err != nil && !nothingPublished(err) {
		return err
	}
	set, unset := publication.Change(custom, values)
	if len(set)+len(unset) == 0 {
		return nil
	}
	if !d.options.DryRun {
		if err := d.client.WriteDocument(ctx, d.mount, path, custom, set, unset); err != nil {
			return err
		}
	}
	d.result.IndexWrites++
	return nil
}

// removeParts removes the parts of the replaced index.
func (d *directory) removeParts(ctx context.Context, parts int) {
	for number := range parts {
		d.remove(ctx, publication.PartPath(d.path, parts, number))
	}
}

// remove removes a document, and tells whether that succeeded.
func (d *directory) remove(ctx context.Context, path string) bool {
	if d.options.DryRun {
		return true
	}
	err := d.client.DeleteDocument(ctx, d.mount, path)
	if err != nil {
		d.fail(ctx, d.mount.Path+path, "remove it: "+err.Error())
	}
	return err == nil
}
