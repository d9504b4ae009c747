package cert

import "time"

// ReferenceState says how a deployed certificate relates to the source that should hold
// it.
type ReferenceState string

// The states. There are no others. Unknown is not a fault: no secret of the source is
// about the certificate.
const (
	Current    ReferenceState = "current"    // deployed is the source's current version
	Stale      ReferenceState = "stale"      // the source has a newer one
	Unexpected ReferenceState = "unexpected" // same identity digest, but the source never held it
	Unknown    ReferenceState = "unknown"    // no secret of the source is about it
	Ambiguous  ReferenceState = "ambiguous"  // several secrets may be about it
	Behind     ReferenceState = "behind"     // the secret is newer than its publication
	Deleted    ReferenceState = "deleted"    // the secret that held it has no current version
)

// Reference is what a source knows about one deployed certificate. Fields that the state
// does not need are empty.
type Reference struct {
	State ReferenceState
	Mount string // with its trailing slash, as Vault prints it
	Path  string // below the mount
	Key   string // of the secret

	// Keyless says that the secret does not hold the private key where the tools of the source
	// look for it.
	Keyless bool

	DeployedVersion int // 0 when it is not known
	CurrentVersion  int // 0 when the source has no versions

	// Since is when the drift began: when the version after the deployed one was written
	// or, if the deployed one is not among the versions, the current one. For Behind it is
	// when the first unpublished version was written, for Deleted when the current version
	// was deleted. Zero when it is not known.
	Since time.Time

	// Current is the certificate in the source's current version; nil when it is not known.
	Current *Summary

	// Written is when the version with Current was written; zero when it is not known.
	Written time.Time

	// Bundle lists, in their order, the certificates under the same key of the secret, if
	// these are several CAs and nothing else.
	Bundle []Summary

	// LastSeen is when the source last showed the secret, if it did not when it was last asked. All
	// else is from that time.
	LastSeen time.Time

	// Candidates are the full paths of the secrets that may be about the certificate.
	Candidates []string

	// Elsewhere says that no candidate is known to belong to the deployment: another deployment
	// may have a certificate with the same names.
	Elsewhere bool

	// Revoked is when the CA that signed the certificate revoked it, as the source knows. Zero
	// when it is not revoked.
	Revoked time.Time
}

// FullPath is the secret's path as `safe` and `vault kv get` take it.
func (r Reference) FullPath() string { return r.Mount + r.Path }

// Summary is what is published about a certificate: enough to recognise it, and to tell
// which of two generations is newer.
type Summary struct {
	Fingerprint    Fingerprint    `json:"sha256"`
	IdentityDigest IdentityDigest `json:"identity"`
	NotBefore      time.Time      `json:"not_before"`
	NotAfter       time.Time      `json:"not_after"`
	CA             bool           `json:"ca,omitempty"`
	PublicKey      Mark           `json:"public_key,omitzero"` // of a leaf; zero if it is not known
}

// Summary returns the certificate's summary. It has the public key only of a leaf.
func (c *Certificate) Summary() Summary {
	s := Summary{Fingerprint: c.Fingerprint, IdentityDigest: c.IdentityDigest(), NotBefore: c.NotBefore, NotAfter: c.NotAfter, CA: c.CA}
	if !c.CA { // bundles would not fit into a publication
		s.PublicKey = c.PublicKey.Mark()
	}
	return s
}
