package keep

import (
	"context"
	"errors"
	"fmt"

	"cert-health/internal/vault/client"
)

// Store reads and writes secrets of one Vault.
type Store struct{ Client *client.Client }

// Read reads a secret, or the place for one. path includes the mount.
func (s Store) Read(ctx context.Context, path string) (*Secret, error) {
	mount, rest, err := s.Client.FindMount(ctx, path)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	if rest == "" {
		return nil, fmt.Errorf("read %s: it is a secrets engine: add the path of a secret in it", path)
	}
	return s.at(ctx, mount, rest)
}

func (s Store) at(ctx context.Context, mount client.Mount, path string) (*Secret, error) {
	values, err := s.Client.ReadValues(ctx, mount, path)
	if err != nil {
		return nil, fmt.Errorf("read %s%s: %w", mount.Path, path, err)
	}
	return &Secret{Mount: mount, Path: path, values: values}, nil
}

// Older reads an earlier version of a secret, in an engine of KV version 2. It is for what is public in it.
func (s Store) Older(ctx context.Context, of *Secret, version int) (*Secret, error) {
	values, err := s.Client.ReadValuesAt(ctx, of.Mount, of.Path, version)
	if err != nil {
		return nil, fmt.Errorf("read version %d of %s: %w", version, of.Full(), err)
	}
	return &Secret{Mount: of.Mount, Path: of.Path, values: values}, nil
}

// Delete deletes the current version of a secret, if it is still the one that was read.
func (s Store) Delete(ctx context.Context, before *Secret) error {
	now, err := s.at(ctx, before.Mount, before.Path)
	if err != nil {
		return err
	}
	defer now.Wipe()
	if !now.values.Same(before.values) {
		return fmt.Errorf("delete %s: %w", before.Full(), errMoved)
	}
	if err := s.Client.Delete(ctx, before.Mount, before.Path); err != nil {
		return fmt.Errorf("delete %s: %w", before.Full(), err)
	}
	return nil
}

// errOther says that another content was read back than was written.
var errOther = errors.New("it was written, and then it read differently: someone else writes this secret too: look at it, and run the command again")

// Write writes a secret in place of the version that was read, reads it back and compares. An error of kind
// client.Conflict says that someone else has written it in the meantime, and that nothing was written.
func (s Store) Write(ctx context.Context, before, after *Secret) error {
	_, err := s.Client.Replace(ctx, before.Mount, before.Path, before.values, after.values)
	if err != nil && !client.Is(err, client.Conflict) && !client.IsTemporary(err) {
		return fmt.Errorf("write %s: %w", before.Full(), err)
	}
	now, unread := s.at(ctx, before.Mount, before.Path)
	switch {
	case err != nil && unread != nil:
		return fmt.Errorf("write %s: %w (it is not known whether it was written)", before.Full(), err)
	case unread != nil:
		return fmt.Errorf("%s was written, and cannot be read back: %w", before.Full(), unread)
	}
	defer now.Wipe()
	same := now.values.Same(after.values)
	switch {
	case same: // an answer that was lost is an error, too
		return nil
	case err != nil:
		return fmt.Errorf("write %s: %w", before.Full(), err)
	}
	return fmt.Errorf("write %s: %w", before.Full(), errOther)
}

// Writable tells whether the token may write each of the secrets: the first one that it may not is the error. A Vault
// that does not say is not asked again: the write itself will say.
func (s Store) Writable(ctx context.Context, secrets []*Secret) error {
	var paths []string
	for _, secret := range secrets {
		paths = append(paths, secret.Mount.Data(secret.Path))
	}
	allowed, err := s.Client.Capabilities(ctx, paths)
	if err != nil {
		return nil
	}
	for i, secret := range secrets {
		right := "update"
		if secret.values.Version == 0 && !secret.Exists() {
			right = "create"
		}
		if !permits(allowed[paths[i]], right) {
			return fmt.Errorf("write %s: the policy of the token does not permit %s on %s: nothing was changed; log in with a token that may",
				secret.Full(), right, paths[i])
		}
	}
	return nil
}

func permits(capabilities []string, right string) bool {
	for _, capability := range capabilities {
		if capability == right || capability == "root" {
			return true
		}
	}
	return false
}
