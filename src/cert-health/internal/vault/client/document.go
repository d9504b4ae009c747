package client

import (
	"context"
)

// ReadDocument reads texts that stand at a path for everybody: the custom metadata
// of a secret in an engine of version 2, the secret itself in one of version 1.
func (c *Client) ReadDocument(ctx context.Context, m Mount, path string) (map[string]string, error) {
	if m.Version == 2 {
		read, err := c.ReadMetadata(ctx, m, path)
		return read.Custom, err
	}
	var raw struct {
		Data map[string]string `json:"data"`
	}
	err := c.get(ctx, m.Data(path), &raw)
	return raw.Data, err
}

// WriteDocument changes texts at a path as ReadDocument reads them: those in set get
// their values, those in unset go, all others stay. before is what was read, nil when
// there was nothing: only then a path is made anew, so that a secret that was removed
// meanwhile does not come back as an empty one.
//
// Vault merges such a change by itself where the token has the capability `patch`.
// Without it all is written back, which loses what somebody else wrote to the same
// secret's custom metadata since it was read; Vault has no check-and-set for them.
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
		// Refused, for Vaults before 1.10 have no such method; Gone, for there is
		// nothing at this path yet.
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

// DeleteDocument removes what WriteDocument wrote, with everything at that path.
func (c *Client) DeleteDocument(ctx context.Context, m Mount, path string) error {
	return c.do(ctx, func() error {
		_, err := c.api.Logical().DeleteWithContext(ctx, m.Metadata(path))
		return err
	})
}
