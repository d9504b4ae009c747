package survey

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Builder makes a survey. Its zero value is ready.
type Builder struct {
	certificates map[string]*Certificate
	instances    map[string]*Instance
	secrets      map[[3]string]*Secret
	blind        []string
}

// Certificate returns the one pointer for the certificate. What one source does not know of it, another one adds.
func (b *Builder) Certificate(c Certificate) *Certificate {
	if b.certificates == nil {
		b.certificates = map[string]*Certificate{}
	}
	known := b.certificates[c.Fingerprint]
	switch {
	case known == nil:
		known = &c
		b.certificates[c.Fingerprint] = known
	case known.Subject == "" && c.Subject != "" || known.KeyID == "" && c.KeyID != "":
		c.CA = c.CA || known.CA
		*known = c
	}
	return known
}

// Instance adds an instance. A later one replaces an earlier one with the same key, unless it is older.
func (b *Builder) Instance(i Instance) {
	if b.instances == nil {
		b.instances = map[string]*Instance{}
	}
	if known := b.instances[i.Key()]; known == nil || !i.At.Before(known.At) {
		b.instances[i.Key()] = &i
	}
}

// Secret adds what a store holds. Of two about the same key the newer version counts, and then the one that has
// the certificates.
func (b *Builder) Secret(s Secret) {
	if b.secrets == nil {
		b.secrets = map[[3]string]*Secret{}
	}
	name := [3]string{s.Store, s.Path, s.Key}
	known := b.secrets[name]
	if known != nil && s.Version == known.Version { // each may know more than the other
		s.Since, known.Since = later(s.Since, known.Since), later(s.Since, known.Since)
	}
	if known == nil || s.Version > known.Version || s.Version == known.Version && len(s.Certificates) > len(known.Certificates) {
		b.secrets[name] = &s
	}
}

// Blind adds a sentence about what is not seen.
func (b *Builder) Blind(sentence string) { b.blind = append(b.blind, sentence) }

// Build returns the survey. The builder must not be used after that.
func (b *Builder) Build(at time.Time) *Survey {
	s := &Survey{At: at, Certificates: values(b.certificates), Instances: values(b.instances), Secrets: values(b.secrets), Blind: b.blind}
	slices.SortFunc(s.Certificates, func(x, y *Certificate) int { return strings.Compare(x.Fingerprint, y.Fingerprint) })
	slices.SortFunc(s.Instances, func(x, y *Instance) int { return strings.Compare(x.Key(), y.Key()) })
	slices.SortFunc(s.Secrets, func(x, y *Secret) int {
		return cmp.Or(strings.Compare(x.Store, y.Store), strings.Compare(x.Path, y.Path), strings.Compare(x.Key, y.Key))
	})
	return s
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func values[K comparable, V any](m map[K]V) []V {
	list := make([]V, 0, len(m))
	for _, v := range m {
		list = append(list, v)
	}
	return list
}
