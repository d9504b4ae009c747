package answers

import (
	"slices"

	"cert-health/hub/internal/inventory"
	"cert-health/internal/reference"
)

// secret is what the hub knows of a secret.
func (x *index) secret(h *held, history bool) reference.Secret {
	s := reference.Secret{ReadAt: h.item.LastSeen, Unread: h.item.Unseen, Revoked: h.item.Revoked}
	if s.Unread == "" && !h.source.Seen() {
		s.Unread = x.reason(h.source)
	}
	if len(h.item.Versions) > 0 {
		x.numbered(&s, h.item, history)
	} else {
		x.unnumbered(&s, h.item)
	}
	return s
}

// numbered adds the versions of a secret of Vault. If the current one is deleted, the newest that is not
// shows which certificates the secret is about.
func (x *index) numbered(s *reference.Secret, item *inventory.Stored, history bool) {
	now := item.Versions[0]
	s.Version, s.Known, s.Created = now.Number, now.Number, now.Created
	s.Deleted, s.Since = now.Deleted, now.DeletedAt
	known := 0
	if now.Deleted {
		if i := slices.IndexFunc(item.Versions, func(v inventory.Version) bool { return !v.Deleted }); i > 0 {
			known, s.Known, s.Created = i, item.Versions[i].Number, item.Versions[i].Created
		}
	}
	s.Entries = x.entries(item, item.Versions[known].Holds)
	s.Whole = now.Number <= 1
	if history || now.Deleted {
		s.Whole = true
		for _, v := range item.Versions[known+1:] {
			s.Older = append(s.Older, reference.PastVersion(v.Number, v.Created, x.entries(item, v.Holds)))
		}
	}
}

// entries are certificates of an item, by their indexes. A value with several names in it is one key.
func (x *index) entries(item *inventory.Stored, indexes []int) (entries []reference.Entry) {
	for _, i := range indexes {
		if i < 0 || i >= len(item.Sightings) {
			continue
		}
		sighting := &item.Sightings[i]
		key := sighting.Place
		if sighting.Key != "" {
			key = sighting.Key
		}
		if e, known := x.entry(sighting, key); known && !slices.ContainsFunc(entries, func(o reference.Entry) bool { return o.Key == e.Key && o.Fingerprint == e.Fingerprint }) {
			entries = append(entries, e)
		}
	}
	return entries
}

func (x *index) entry(s *inventory.Sighting, key string) (reference.Entry, bool) {
	e, known := x.view.Certificate(s.Certificate)
	if !known || e.ID.Described() {
		return reference.Entry{}, false
	}
	return reference.Entry{Key: key, Keyless: s.Keyless, Summary: e.Summary()}, true
}

// unnumbered adds the versions of a credential of CredHub, which have no numbers. A transitional version
// is handed out too, under a key of its own: together they are no bundle that a file must hold.
func (x *index) unnumbered(s *reference.Secret, item *inventory.Stored) {
	s.Whole = true
	var transitional []reference.Entry
	version := ""
	for i := range item.Sightings {
		sighting := &item.Sightings[i]
		key := sighting.Place
		if sighting.State == inventory.Transitional {
			key += " (transitional)"
		}
		e, known := x.entry(sighting, key)
		switch {
		case !known:
		case sighting.State == inventory.Current:
			s.Entries, s.Created = append(s.Entries, e), sighting.Since
		case sighting.State == inventory.Transitional:
			transitional = append(transitional, e)
		case len(s.Older) == 0 || version != sighting.Version:
			version = sighting.Version
			s.Older = append(s.Older, reference.PastVersion(0, sighting.Since, []reference.Entry{e}))
		default:
			last := &s.Older[len(s.Older)-1]
			last.Entries = append(last.Entries, reference.PastEntry{Fingerprint: e.Fingerprint, IdentityDigest: e.IdentityDigest})
		}
	}
	s.Entries = append(s.Entries, transitional...)
}
