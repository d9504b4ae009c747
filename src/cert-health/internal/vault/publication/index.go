package publication

import (
	"maps"
	"net/url"
	"slices"

	"cert-health/internal/cert"
)

// Index tells at which paths of an engine an identity is published, so that nobody
// has to walk over a whole tree to find what concerns him.
type Index map[cert.IdentityDigest][]string

// MaxPaths is how many paths the index names of one identity: as many deployments may
// have a certificate of the same names in one Vault.
const MaxPaths = 128

// MaxCopies is up to how many paths it is filled with secrets that hold a certificate
// of the identity behind others: a CA is copied to hundreds, and whoever looks for it
// needs one.
const MaxCopies = 8

// maxIndexed bounds a path so that its line fits into a value.
const maxIndexed = MaxValueSize - 32

// Indexable tells whether a path is short enough for the index.
func Indexable(path string) bool { return len(url.PathEscape(path)) <= maxIndexed }

// IdentitiesByPath are the identities that each secret holds and held, by path, as
// Document.Identities has them.
type IdentitiesByPath map[string][]cert.IdentityDigest

// Index returns the index of the secrets, the same for the same secrets. The paths come
// first of those in which the identity comes first, which are rather the secrets of a
// certificate than those that have a copy of it. What is not Indexable is left out.
func (s IdentitiesByPath) Index() Index {
	x := Index{}
	paths := slices.DeleteFunc(slices.Sorted(maps.Keys(s)), func(path string) bool { return !Indexable(path) })
	for _, path := range paths {
		if len(s[path]) > 0 {
			x.enter(s[path][0], path, MaxPaths)
		}
	}
	for _, path := range paths {
		for _, identity := range s[path][min(1, len(s[path])):] {
			x.enter(identity, path, MaxCopies)
		}
	}
	return x
}

// Keep adds a path to those of an identity, unless these are enough.
func (x Index) Keep(identity cert.IdentityDigest, path string) { x.enter(identity, path, MaxPaths) }

func (x Index) enter(identity cert.IdentityDigest, path string, most int) {
	if len(x[identity]) < most && !slices.Contains(x[identity], path) {
		x[identity] = append(x[identity], path)
	}
}
