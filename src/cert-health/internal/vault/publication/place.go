package publication

import (
	"fmt"
	"strings"

	"cert-health/internal/cert"
)

// The index is in the same engine as the secrets, in a directory of its own. So are the documents
// of an engine of version 1.
const (
	indexRoot     = "cert-health/index"
	documentsRoot = "cert-health/secrets"
)

// IsPublication tells whether a path in an engine belongs to publications and not to a secret.
// The path of a directory ends with a slash.
func IsPublication(path string) bool {
	return strings.HasPrefix(path, indexRoot+"/") || strings.HasPrefix(path, documentsRoot+"/")
}

// IndexPath returns the path of the head of the index of a directory. The path of the directory
// has no slash at its end and is empty for the whole engine.
func IndexPath(directory string) string { return join(indexRoot, directory) }

// DocumentPath returns the path of the document of a secret in an engine of version 1, whose
// secrets have no metadata.
func DocumentPath(secret string) string { return join(documentsRoot, secret) }

// DocumentsBelow returns the directory of the documents of all secrets in a directory.
func DocumentsBelow(directory string) string {
	return strings.TrimSuffix(DocumentPath(directory), "/-")
}

// SecretOf returns the path of the secret whose document is at a path.
func SecretOf(path string) (secret string, ok bool) {
	below, prefixed := strings.CutPrefix(path, documentsRoot+"/")
	secret, suffixed := strings.CutSuffix(below, "/-")
	return secret, prefixed && suffixed && secret != ""
}

func join(root, below string) string {
	if below == "" {
		return root + "/-"
	}
	return root + "/" + below + "/-"
}

// PartPath returns the path of a part of the index.
func PartPath(directory string, parts, part int) string {
	return fmt.Sprintf("%s%d-of-%d", strings.TrimSuffix(IndexPath(directory), "-"), part, parts)
}

// PartOf returns the number of the part that contains an identity digest.
func PartOf(identity cert.IdentityDigest, parts int) int {
	return (int(identity[0])<<8 | int(identity[1])) % parts
}
