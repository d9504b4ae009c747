package publish

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"cert-health/internal/reference"
	"cert-health/internal/vault/client"
	"cert-health/internal/vault/publication"
)

// subject is one secret that is being published.
type subject struct {
	*run
	mount  client.Mount
	path   string
	worker *client.Reader
	broken bool // a certificate in it could not be read
}

func (s *subject) full() string { return s.mount.Path + s.path }

// publish updates the publication of the secret and returns it. With an error it returns the
// earlier publication. An error of kind client.NotFound says that the secret does not exist.
func (s *subject) publish(ctx context.Context) (publication.Document, error) {
	if s.mount.Version == 1 {
		return s.publishDocument(ctx)
	}
	metadata, err := s.client.ReadMetadata(ctx, s.mount, s.path)
	if err != nil {
		return publication.Document{}, reading("its metadata", err)
	}
	before, last := earlier(metadata), readable(metadata)
	switch {
	case last < metadata.Current && last <= before.Version:
		return before, nil // a deleted secret keeps its publication
	case before.Version == last && s.isVerified(last):
		return before, nil
	}
	after, err := s.compose(ctx, metadata, last, before)
	if client.Is(err, client.NotFound) {
		return before, nil // it was deleted in the meantime
	}
	if err == nil {
		err = s.write(ctx, s.path, metadata.Custom, after)
	}
	if err != nil {
		return before, err
	}
	s.setVerified(after.Version)
	return after, nil
}

// reading adds to an error what could not be read. It keeps the error of a missing secret.
func reading(what string, err error) error {
	if client.Is(err, client.NotFound) {
		return err
	}
	return fmt.Errorf("read %s: %w", what, err)
}

// earlier returns the existing publication of a secret. It is empty if it cannot be decoded, or if
// it belongs to an earlier secret at this path.
func earlier(metadata client.Metadata) publication.Document {
	document, err := publication.Decode(metadata.Custom)
	if err != nil || document.Version > metadata.Current {
		return publication.Document{}
	}
	return document
}

// readable returns the newest version that is not deleted; 0 if there is none. If the current
// version was deleted before anything was published, agents need the certificates of the version
// before it: only they show which certificates the secret is about.
func readable(metadata client.Metadata) int {
	last := 0
	for number, version := range metadata.Versions {
		if !version.Deleted && number > last {
			last = number
		}
	}
	return last
}

// isVerified tells whether the publication of that version was compared with the secret already.
func (s *subject) isVerified(version int) bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.verified[s.full()] == version
}

// setVerified records that it was. A secret that cannot be read completely is reported each time.
func (s *subject) setVerified(version int) {
	if s.broken {
		return
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.verified[s.full()] = version
}

// compose reads the last version of the secret that exists, and the older versions that are not
// published.
func (s *subject) compose(ctx context.Context, metadata client.Metadata, last int, before publication.Document) (publication.Document, error) {
	// With its number: the next run publishes a version that is written in the meantime.
	document, err := s.read(ctx, last)
	if err != nil {
		return publication.Document{}, err
	}
	document.Keep(before)
	numbers := slices.Sorted(maps.Keys(metadata.Versions))
	for _, number := range numbers[max(0, len(numbers)-1-publication.MaxVersions):] {
		if number <= before.Version || number >= last || metadata.Versions[number].Deleted {
			continue
		}
		older, err := s.past(ctx, number)
		if err != nil {
			return publication.Document{}, reading(fmt.Sprintf("its version %d", number), err)
		}
		document.Keep(older)
	}
	return document, nil
}

// read reads one version and reports the certificates that cannot be read.
func (s *subject) read(ctx context.Context, version int) (publication.Document, error) {
	read, err := s.client.ReadSecret(ctx, s.mount, s.path, version, s.worker)
	if err == nil && read.Deleted {
		err = &client.Fault{Kind: client.NotFound}
	}
	if err != nil {
		return publication.Document{}, reading("its value", err)
	}
	for _, broken := range read.Broken {
		s.broken = true
		s.problem(s.full(), broken)
	}
	return documentOf(read), nil
}

// past reads an older version. It reports nothing that cannot be read in it, because an older
// version cannot be repaired.
func (s *subject) past(ctx context.Context, version int) (publication.Document, error) {
	read, err := s.client.ReadSecret(ctx, s.mount, s.path, version, s.worker)
	if client.Is(err, client.Rejected) || client.Is(err, client.NotFound) {
		return publication.Document{}, nil
	}
	return documentOf(read), err
}

func documentOf(read client.SecretVersion) publication.Document {
	return publication.Document{Version: read.Version, Created: read.Created, Entries: read.Entries(), Revoked: read.Revoked}
}

// empty tells whether no version of a secret contains certificates. Such a secret has no
// publication.
func empty(d publication.Document) bool {
	return len(d.Entries) == 0 &&
		!slices.ContainsFunc(d.Older, func(v reference.Version) bool { return len(v.Entries) > 0 })
}

// write writes the changes of a document.
func (s *subject) write(ctx context.Context, at string, custom map[string]string, document publication.Document) error {
	var values []string
	if !empty(document) {
		var err error
		if values, err = document.Encode(publication.Room(custom)); err != nil {
			return err
		}
	}
	set, unset := publication.Change(custom, values)
	if len(set)+len(unset) == 0 {
		return nil
	}
	if !s.options.DryRun {
		if err := s.put(ctx, at, custom, set, unset); err != nil {
			return fmt.Errorf("write its publication: %w", err)
		}
	}
	s.changed(Change{Path: s.full(), Version: document.Version, Certificates: len(document.Entries), Removed: len(values) == 0})
	return nil
}

// put writes the changes, or removes a document of an engine of version 1 that becomes empty.
func (s *subject) put(ctx context.Context, at string, custom, set map[string]string, unset []string) error {
	if s.mount.Version == 1 && len(set) == 0 && len(unset) == len(custom) {
		return s.client.DeleteDocument(ctx, s.mount, at)
	}
	return s.client.WriteDocument(ctx, s.mount, at, custom, set, unset)
}
