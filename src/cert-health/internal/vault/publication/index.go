package publication

import (
	"maps"
	"net/url"
	"slices"

	"cert-health/internal/cert"
)

// Index lists the paths of an engine at which an identity digest is published, so that an agent
// does not have to read all secrets.
type Index map[cert.IdentityDigest][]string

// MaxPaths is the largest number of paths for one identity digest: many deployments in one Vault
// may have a certificate with the same names.
const MaxPaths = 128

// MaxCopies is the number of paths up to which the index contains secrets whose first entry has
// another identity digest: a CA may be in hundreds of secrets, and an agent needs one.
const MaxCopies = 8

// maxIndexed is the longest path whose line fits into a value, in bytes.
const maxIndexed = MaxValueSize - 32

// Indexable tells whether a path is short enough for the index.
func Indexable(path string) bool { return len(url.PathEscape(path)) <= maxIndexed }

// DigestsByPath has the result of Document.IdentityDigests for the path of each secret.
type DigestsByPath map[string][]cert.IdentityDigest

// Index returns the index of the secrets. It is the same for the same secrets. For each identity
// digest, the secrets whose first entry has it come first: the others contain copies. It omits
// paths that are not Indexable.
func (s DigestsByPath) Index() Index {
	x := Index{}
	paths := slices.DeleteFunc(slices.Sorted(maps.Keys(s)), func(path string) bool { return !Indexable(path) })
	for _, path := range paths {
		if len(s[path]) > 0 {
			x.add(s[path][0], path, MaxPaths)
		}
	}
	for _, path := range paths {
		for _, identity := range s[path][min(1, len(s[path])):] {
			x.add(identity, path, MaxCopies)
		}
	}
	return x
}

// Keep adds a path to an identity digest, unless it has MaxPaths already.
func (x Index) Keep(identity cert.IdentityDigest, path string) { x.add(identity, path, MaxPaths) }

func (x Index) add(identity cert.IdentityDigest, path string, most int) {
	if len(x[identity]) < most && !slices.Contains(x[identity], path) {
		x[identity] = append(x[identity], path)
	}
}
