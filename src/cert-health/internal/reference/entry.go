package reference

import (
	"time"

	"cert-health/internal/cert"
)

// Path is the path of one secret in a store.
type Path struct {
	Mount string `json:"mount"` // ends with a slash
	Path  string `json:"path"`  // below the mount
}

// String is the full path, as the command lines of Vault write it.
func (p Path) String() string { return p.Mount + p.Path }

// Entry is one certificate in a version of a secret, under one key.
type Entry struct {
	Key     string `json:"key"`
	Keyless bool   `json:"keyless,omitempty"` // the private key is not in the secret, or not where the tools of the store look for it
	cert.Summary
}

// same tells whether both are the same certificate under the same key, whatever else is published
// of it.
func (e Entry) same(other Entry) bool {
	return e.Key == other.Key && e.Fingerprint == other.Fingerprint
}

// Version is an older version of a secret.
type Version struct {
	Number  int         `json:"version,omitempty"` // 0 if the store does not number versions
	Created time.Time   `json:"created,omitzero"`
	Entries []PastEntry `json:"held,omitempty"` // none if the version is deleted or was not published
}

// Revocation says that a CA revoked a certificate. The revocation list was signed by a CA of the
// same secret.
type Revocation struct {
	Signer cert.Mark `json:"signer"` // of the public key of the CA
	Serial cert.Mark `json:"serial"` // of the serial number of the certificate
	At     time.Time `json:"at"`
}

// MaxRevoked is the largest number of revocations that are known of one secret, the newest ones: so
// many fit into half of a publication.
const MaxRevoked = 400

// PastEntry is one certificate in an older version of a secret.
type PastEntry struct {
	Fingerprint    cert.Fingerprint    `json:"sha256"`
	IdentityDigest cert.IdentityDigest `json:"identity"`
}

// PastVersion returns what is kept of a version after a newer one has replaced it.
func PastVersion(number int, created time.Time, entries []Entry) Version {
	past := Version{Number: number, Created: created}
	for _, entry := range entries {
		past.Entries = append(past.Entries, PastEntry{entry.Fingerprint, entry.IdentityDigest})
	}
	return past
}
