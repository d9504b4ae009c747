package source

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"cert-health/internal/cert"
	"cert-health/internal/reference"
	"cert-health/internal/vault/client"
	"cert-health/internal/vault/publication"
)

// walk reads every secret below a path and keeps those that concern the identity digests.
func (a *answering) walk(ctx context.Context, base string, identities map[cert.IdentityDigest]bool) {
	base = strings.Trim(base, "/")
	if _, _, err := a.client.FindMount(ctx, base); err != nil {
		a.refuse(base, err)
		return
	}
	a.client.Walk(ctx, base, &client.Visitor{
		Max:     a.options.MaxSecrets,
		Before:  a.answer.Read,
		Problem: a.problem,
		Secret: func(ctx context.Context, worker int, m client.Mount, path string) error {
			if publication.IsPublication(path) {
				return nil
			}
			err := a.visit(ctx, worker, m, path, identities)
			if err != nil && m.Path+path == base {
				a.noteRefusal(base, err)
			}
			return err
		},
	})
}

func (a *answering) visit(ctx context.Context, worker int, m client.Mount, path string, identities map[cert.IdentityDigest]bool) error {
	read, err := a.client.ReadSecret(ctx, m, path, 0, &a.workers[worker])
	if err != nil {
		return err
	}
	for _, broken := range read.Broken {
		a.problem(m.Path+path, broken)
	}
	secret := a.contents(read)
	secret.Path = reference.Path{Mount: m.Path, Path: path}
	if secret.Deleted {
		a.readOlder(ctx, &secret)
	}
	a.mutex.Lock()
	defer a.mutex.Unlock()
	a.answered = true
	a.answer.Read++
	if secret.Concerns(identities) || secret.Deleted {
		a.keep(secret)
	}
	return nil
}

// maxEntries is the largest number of certificates in the secrets of one answer, old versions included.
// The secrets of a hundred deployments that have the same names as the VM's own have half as many. They
// need 10 MB.
const maxEntries = 50_000

// keep adds a secret to the answer unless there is no more room. The caller holds the mutex.
func (a *answering) keep(secret reference.Secret) {
	entries := 1 + len(secret.Entries)
	for _, version := range secret.Older {
		entries += 1 + len(version.Entries)
	}
	if a.entries += entries; a.entries <= maxEntries {
		a.answer.Secrets = append(a.answer.Secrets, secret)
		return
	}
	if a.entries-entries <= maxEntries {
		a.answer.Problems = append(a.answer.Problems, reference.Problem{Path: secret.String(),
			Reason: fmt.Sprintf("the secrets with the names of this VM's certificates contain more than %d certificates, and the rest is not compared: name the deployment's own paths in %s", maxEntries, a.options.Client.NameOfPaths())})
	}
}

// readOlder reads the older versions of a secret whose current version is deleted: only they
// show which certificates the secret is about. The newest of them is then the known one, as in a
// publication.
func (a *answering) readOlder(ctx context.Context, secret *reference.Secret) {
	read, err := a.versions(ctx, *secret)
	secret.Older, secret.Whole = pastVersions(read), err == nil
	if i := slices.IndexFunc(read, func(v client.SecretVersion) bool { return !v.Deleted }); i >= 0 {
		last := read[i]
		secret.Known, secret.Created, secret.Entries, secret.Revoked = last.Version, last.Created, last.Entries(), last.Revoked
		secret.Older = secret.Older[i+1:]
	}
	if err != nil {
		a.problem(secret.String(), "its older versions were not read: "+err.Error())
	}
}

// whole reads one secret.
func (s *Source) whole(ctx context.Context, worker *client.Reader, m client.Mount, path string) (reference.Secret, error) {
	read, err := s.client.ReadSecret(ctx, m, path, 0, worker)
	return s.contents(read), err
}

// contents returns what is known of a secret after reading it.
func (s *Source) contents(read client.SecretVersion) reference.Secret {
	return reference.Secret{
		Version: read.Version, Known: read.Version, Created: read.Created,
		Deleted: read.Deleted, Since: read.DeletedAt,
		Whole: read.Version <= 1, ReadAt: s.options.Client.Now(),
		Entries: read.Entries(), Revoked: read.Revoked,
	}
}

// maxHistory is the number of older versions that are read: Vault keeps ten by default.
const maxHistory = 10

func pastVersions(read []client.SecretVersion) []reference.Version {
	var versions []reference.Version
	for _, v := range read {
		versions = append(versions, reference.PastVersion(v.Version, v.Created, v.Entries()))
	}
	return versions
}

// versions reads the older versions, newest first. A deleted version has a date and no entries. The
// list ends at the first version that does not exist any more.
func (s *Source) versions(ctx context.Context, secret reference.Secret) ([]client.SecretVersion, error) {
	ctx, cancel := context.WithTimeout(ctx, s.options.Timeout)
	defer cancel()
	m, rest, err := s.client.FindMount(ctx, secret.String())
	if err != nil || m.Version == 1 {
		return nil, err
	}
	var versions []client.SecretVersion
	var worker client.Reader
	for number := secret.Version - 1; number > 0 && secret.Version-number <= maxHistory; number-- {
		read, err := s.client.ReadSecret(ctx, m, rest, number, &worker)
		if client.Is(err, client.NotFound) {
			break
		}
		if err != nil {
			return versions, fmt.Errorf("version %d: %w", number, err)
		}
		read.Version = number
		versions = append(versions, read)
	}
	return versions, nil
}
