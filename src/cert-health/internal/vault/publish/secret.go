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

// subject is one secret on its way to the public.
type subject struct {
	*run
	mount  client.Mount
	path   string
	worker *client.Reader
	broken bool // something in it could not be read
}

func (s *subject) full() string { return s.mount.Path + s.path }

// publish makes what is published of the secret true, and returns it. With an error
// it returns what was published before; one of kind client.Gone says that there is no
// such secret.
func (s *subject) publish(ctx context.Context) (publication.Document, error) {
	if s.mount.Version == 1 {
		return s.copy(ctx)
	}
	metadata, err := s.client.ReadMetadata(ctx, s.mount, s.path)
	if err != nil {
		return publication.Document{}, reading("its metadata", err)
	}
	before := published(metadata)
	switch {
	case metadata.Current == 0 || metadata.Versions[metadata.Current].Deleted:
		return before, nil // a deleted secret keeps what was published of it
	case before.Version == metadata.Current && s.known(metadata.Current):
		return before, nil
	}
	after, err := s.compose(ctx, metadata, before)
	if client.Is(err, client.NotFound) {
		return before, nil // it was deleted since
	}
	if err == nil {
		err = s.write(ctx, s.path, metadata.Custom, after)
	}
	if err != nil {
		return before, err
	}
	s.verify(after.Version)
	return after, nil
}

// reading says what it was that could not be read. Of what is not there no more needs
// to be said.
func reading(what string, err error) error {
	if client.Is(err, client.NotFound) {
		return err
	}
	return fmt.Errorf("read %s: %w", what, err)
}

// published is what is published of a secret; none where that cannot be read, or is of
// another secret that was here before.
func published(metadata client.Metadata) publication.Document {
	document, err := publication.Decode(metadata.Custom)
	if err != nil || document.Version > metadata.Current {
		return publication.Document{}
	}
	return document
}

// known tells whether the publication of that version was compared with the secret
// already.
func (s *subject) known(version int) bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.verified[s.full()] == version
}

// verify notes that it was. What cannot be read is told of every time.
func (s *subject) verify(version int) {
	if s.broken {
		return
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.verified[s.full()] = version
}

// compose reads the secret's current version, and those older ones that nothing was
// published of.
func (s *subject) compose(ctx context.Context, metadata client.Metadata, before publication.Document) (publication.Document, error) {
	// By its number: a version that is written meanwhile is the next run's.
	document, err := s.read(ctx, metadata.Current)
	if err != nil {
		return publication.Document{}, err
	}
	document.Keep(before)
	numbers := slices.Sorted(maps.Keys(metadata.Versions))
	for _, number := range numbers[max(0, len(numbers)-1-publication.MaxVersions):] {
		if number <= before.Version || number >= metadata.Current || metadata.Versions[number].Deleted {
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

// read reads one version and says what is broken in it.
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

// past reads an older version. Nobody can mend one, so what is broken in it, or that it
// cannot be read at all, is not worth a word.
func (s *subject) past(ctx context.Context, version int) (publication.Document, error) {
	read, err := s.client.ReadSecret(ctx, s.mount, s.path, version, s.worker)
	if client.Is(err, client.Rejected) || client.Is(err, client.NotFound) {
		return publication.Document{}, nil
	}
	return documentOf(read), err
}

func documentOf(read client.SecretVersion) publication.Document {
	return publication.Document{Version: read.Version, Created: read.Created, Entries: read.Entries()}
}

// barren tells whether a secret has, and had, no certificates: nobody needs to know
// of it.
func barren(d publication.Document) bool {
	return len(d.Entries) == 0 &&
		!slices.ContainsFunc(d.Older, func(v reference.Version) bool { return len(v.Entries) > 0 })
}

// write writes what has changed where the document of the secret stands.
func (s *subject) write(ctx context.Context, at string, custom map[string]string, document publication.Document) error {
	var values []string
	if !barren(document) {
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

// put writes, or removes a document of its own of which nothing is left.
func (s *subject) put(ctx context.Context, at string, custom, set map[string]string, unset []string) error {
	if s.mount.Version == 1 && len(set) == 0 && len(unset) == len(custom) {
		return s.client.DeleteDocument(ctx, s.mount, at)
	}
	return s.client.WriteDocument(ctx, s.mount, at, custom, set, unset)
}
