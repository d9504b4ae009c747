package client

import (
	"context"
)

// ReadDocument reads the public values at a path: the custom metadata of a secret in an engine
// of version 2, or the secret itself in an engine of version 1.
func (c *Client) ReadDocument(ctx context.Context, m Mount, path string) (map[string]string, error) {
	if m.Version == 2 {
		read, err := c.ReadMetadata(ctx, m, path)
		return read.Custom, err
	}
	var raw struct {
		Data map[string]string `json:"data"`
	}
	err := c.Get(ctx, m.Data(path), &raw)
	return raw.Data, err
}

// WriteDocument changes the public values at a path: it sets those in set, removes those in
// unset, and keeps all others. before is what ReadDocument returned, or nil if there was
// nothing. The path is created only if before is nil, so that a secret that was removed in the
// meantime does not come back empty.
//
// Vault merges such a change itself if the token has the capability `patch`. Without it, all
// values are written back. This loses changes that others have made to the custom metadata in
// the meantime; Vault has no check-and-set for it.
func (c *Client) WriteDocument(ctx context.Context, m Mount, path string, before, set map[string]string, unset []string) error {
	if m.Version == 2 {
		changes := map[string]any{}
		for key, value := range set {
			changes[key] = value
		}
		for _, key := range unset {
			changes[key] = nil
		}
		err := c.do(ctx, func() error {
			_, err := c.api.Logical().JSONMergePatch(ctx, m.Metadata(path), map[string]any{"custom_metadata": changes})
			return err
		})
		// Vault before 1.10 rejects the method. If there is nothing at this path yet, the
		// kind is NotFound.
		if err == nil || !Is(err, Denied) && !Is(err, Rejected) && !(Is(err, NotFound) && before == nil) {
			return err
		}
	}
	return c.replaceDocument(ctx, m, path, before, set, unset)
}

func (c *Client) replaceDocument(ctx context.Context, m Mount, path string, before, set map[string]string, unset []string) error {
	whole := map[string]any{}
	for key, value := range before {
		whole[key] = value
	}
	for key, value := range set {
		whole[key] = value
	}
	for _, key := range unset {
		delete(whole, key)
	}
	if m.Version == 2 {
		whole = map[string]any{"custom_metadata": whole}
	}
	return c.do(ctx, func() error {
		_, err := c.api.Logical().WriteWithContext(ctx, m.Metadata(path), whole)
		return err
	})
}

// DeleteDocument removes everything at a path.
func (c *Client) DeleteDocument(ctx context.Context, m Mount, path string) error {
	return c.do(ctx, func() error {
		_, err := c.api.Logical().DeleteWithContext(ctx, m.Metadata(path))
		return err
	})
}
