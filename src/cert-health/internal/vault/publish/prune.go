package publish

import (
	"context"

	"cert-health/internal/vault/client"
	"cert-health/internal/vault/publication"
)

// prune removes the documents of secrets that do not exist any more, in an engine of version 1. It
// keeps the documents of secrets that could not be read, and of a secret with the path of the
// directory itself, because this run did not look for it.
func (d *directory) prune(ctx context.Context) {
	if d.mount.Version != 1 {
		return
	}
	visitor := &client.Visitor{
		Max:     d.options.MaxSecrets,
		Problem: func(path, reason string) { d.fail(ctx, path, reason) },
		Secret: func(ctx context.Context, _ int, _ client.Mount, path string) error {
			secret, ok := publication.SecretOf(path)
			_, seen := d.secrets[secret]
			if ok && !seen && !d.mayExist(secret) && secret != d.path && d.remove(ctx, path) {
				d.changed(Change{Path: d.mount.Path + secret, Removed: true})
			}
			return nil
		},
	}
	d.client.Walk(ctx, d.mount.Path+publication.DocumentsBelow(d.path), visitor)
}
