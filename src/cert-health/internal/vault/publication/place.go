package publication

import (
	"fmt"
	"strings"

	"cert-health/internal/cert"
)

// The index stands beside the secrets, below a folder of its own in the same engine,
// and so do the copies.
const (
	indexRoot  = "cert-health/index"
	copiesRoot = "cert-health/secrets"
)

// IsIndex tells whether a path within an engine is not a secret's but our own. A
// folder's path ends with a slash.
func IsIndex(path string) bool {
	return strings.HasPrefix(path, indexRoot+"/") || strings.HasPrefix(path, copiesRoot+"/")
}

// IndexPath is where the head of the index of a folder is found, whose path has no
// slash at its end and is empty for the whole engine.
func IndexPath(folder string) string { return join(indexRoot, folder) }

// CopyPath is where the document of a secret is found in an engine whose secrets have
// no metadata.
func CopyPath(secret string) string { return join(copiesRoot, secret) }

// CopiesBelow is the folder that has the copies of all secrets in a folder.
func CopiesBelow(folder string) string { return strings.TrimSuffix(CopyPath(folder), "/-") }

// CopyOf is the secret whose copy is found at a path, if one is.
func CopyOf(path string) (secret string, ok bool) {
	below, prefixed := strings.CutPrefix(path, copiesRoot+"/")
	secret, suffixed := strings.CutSuffix(below, "/-")
	return secret, prefixed && suffixed && secret != ""
}

func join(root, below string) string {
	if below == "" {
		return root + "/-"
	}
	return root + "/" + below + "/-"
}

// PartPath is where one of the index's parts is found.
func PartPath(folder string, parts, part int) string {
	return fmt.Sprintf("%s%d-of-%d", strings.TrimSuffix(IndexPath(folder), "-"), part, parts)
}

// PartOf is the number of the part in which an identity is to be found.
func PartOf(identity cert.IdentityDigest, parts int) int {
	return (int(identity[0])<<8 | int(identity[1])) % parts
}
