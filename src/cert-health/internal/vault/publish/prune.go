package publish

import (
	"context"

	"cert-health/internal/vault/client"
	"cert-health/internal/vault/publication"
)

// prune removes the copies of secrets that are no more, in an engine where these do not
// go with their secrets. What could not be seen is not taken for gone, nor is a secret
// of the same name as the folder, which is above what was seen.
func (b *base) prune(ctx context.Context) {
	if b.mount.Version != 1 {
		return
	}
	visitor := &client.Visitor{
		Max:     b.options.MaxSecrets,
		Problem: func(path, reason string) { b.trouble(ctx, path, reason) },
		Secret: func(ctx context.Context, _ int, _ client.Mount, path string) error {
			secret, ok := publication.CopyOf(path)
			_, seen := b.secrets[secret]
			if ok && !seen && !b.hides(secret) && secret != b.folder && b.remove(ctx, path) {
				b.changed(Change{Path: b.mount.Path + secret, Removed: true})
			}
			return nil
		},
	}
	b.client.Walk(ctx, b.mount.Path+publication.CopiesBelow(b.folder), visitor)
}
