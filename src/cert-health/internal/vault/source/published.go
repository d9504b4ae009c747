package source

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"cert-health/internal/reference"
	"cert-health/internal/vault/client"
	"cert-health/internal/vault/publication"
)

// published reads the publication of one secret.
func (s *Source) published(ctx context.Context, _ *client.Reader, m client.Mount, path string) (reference.Secret, error) {
	if m.Version == 1 {
		custom, err := s.client.ReadDocument(ctx, m, publication.DocumentPath(path))
		if err != nil {
			return reference.Secret{}, err
		}
		document, err := publication.Decode(custom)
		secret := known(document)
		secret.number(0)
		secret.ReadAt = s.options.Client.Now()
		return secret.Secret, err
	}
	read, err := s.client.ReadMetadata(ctx, m, path)
	if err != nil {
		return reference.Secret{}, err
	}
	document, err := publication.Decode(read.Custom)
	if document.Version > read.Current {
		err = fmt.Errorf("version %d is published, and Vault has only %d versions: run `cert-health publish` again", document.Version, read.Current)
		document = publication.Document{}
	}
	if errors.Is(err, publication.ErrNone) {
		err = nil // no version is published yet
	}
	secret := known(document)
	secret.observe(read)
	secret.ReadAt = s.options.Client.Now()
	return secret.Secret, err
}

// record builds a reference.Secret.
type record struct{ reference.Secret }

// known returns what a publication says about its secret.
func known(d publication.Document) record {
	return record{reference.Secret{
		Version: d.Version, Known: d.Version, Created: d.Created, Whole: true,
		Entries: d.Entries, Revoked: d.Revoked, Older: d.Older,
	}}
}

// number gives all versions the same number: in an engine without versions, the number is only a
// count of publications.
func (r *record) number(n int) {
	r.Version, r.Known = n, n
	for i := range r.Older {
		r.Older[i].Number = n
	}
}

// observe adds what Vault says about the versions.
func (r *record) observe(m client.Metadata) {
	r.Version = m.Current
	if current := m.Versions[m.Current]; current.Deleted || m.Current == 0 {
		r.Deleted, r.Since = true, current.DeletedAt
	}
	first := 0
	for number, version := range m.Versions {
		switch {
		case number == r.Known:
			r.Created = version.Created
		case number < r.Known:
			r.date(number, version)
		case first == 0 || number < first:
			first, r.Behind = number, version.Created
		}
	}
	slices.SortStableFunc(r.Older, func(a, b reference.Version) int { return b.Number - a.Number })
}

// date sets when an older version was written.
func (r *record) date(number int, info client.VersionInfo) {
	i := slices.IndexFunc(r.Older, func(v reference.Version) bool { return v.Number == number })
	if i < 0 {
		r.Older = append(r.Older, reference.Version{Number: number, Created: info.Created})
		return
	}
	r.Older[i].Created = info.Created
}
