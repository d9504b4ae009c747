package cert

import (
	"strconv"
	"strings"
	"time"
)

// Role is what a certificate is there for, at the place where it stands.
type Role string

// The roles, and no others.
const (
	Leaf  Role = "leaf"  // identifies a server or a client
	CA    Role = "ca"    // a CA certificate on its own or in a leaf's chain
	Trust Role = "trust" // a member of a bundle of CAs
)

// Form is how a certificate was written down.
type Form string

// The forms, and no others.
const (
	PEM        Form = "pem"         // armoured text, lines starting at the margin
	PEMYAML    Form = "pem-yaml"    // the same, indented
	PEMJSON    Form = "pem-json"    // in a JSON string, line breaks escaped
	PEMEscaped Form = "pem-escaped" // line breaks escaped, elsewhere
	PEMBase64  Form = "pem-base64"  // the base64 of a PEM
	DER        Form = "der"
	PKCS7      Form = "pkcs7"
	PKCS12     Form = "pkcs12"
	JKS        Form = "jks"
)

// Location is one place where a certificate stands.
type Location struct {
	Job   string // empty outside the jobs' folder
	File  string // as the VM sees it: absolute, without the scan's root
	Line  int    // of the BEGIN line, from 1; 0 in binary forms
	Alias string // a key store's entry, or a key of bosh-agent's settings
	Form  Form
	Class FileClass
	// SentWithLeaf tells of a CA that it stands behind a leaf, in one value with it: a server or
	// client shows it along with its own, and nobody need trust it for that.
	SentWithLeaf bool
}

// Place is the location for people: the job and the path within it, or the whole
// path outside the jobs, with the line or the key store's alias.
func (l Location) Place() string {
	place := PlaceOf(l.Job, l.File, l.Line)
	if l.Alias != "" {
		place += " [" + l.Alias + "]"
	}
	return place
}

// PlaceOf is the Place of what need not be a certificate.
func PlaceOf(job, file string, line int) string {
	text := file
	if job != "" {
		text = job + " " + strings.TrimPrefix(file, "/var/vcap/jobs/"+job+"/")
	}
	if line > 0 {
		text += ":" + strconv.Itoa(line)
	}
	return text
}

// Mismatch is a certificate and a private key that stand where a job uses them
// together, and do not belong together.
type Mismatch struct {
	Certificate Fingerprint
	At          Location // of the certificate
	Key         Location // of the private key
}

// Deployed is one certificate with every place at which it was found on a VM.
type Deployed struct {
	Certificate *Certificate
	Role        Role
	Locations   []Location
}

// ReferenceState says how a deployed certificate relates to the store that is
// supposed to hold it.
type ReferenceState string

// The states, and no others. Unknown is no fault: the store has nothing that
// could be meant.
const (
	Current    ReferenceState = "current"    // deployed is what the store holds now
	Stale      ReferenceState = "stale"      // the store holds a newer one
	Unexpected ReferenceState = "unexpected" // same identity, never held by the store
	Unknown    ReferenceState = "unknown"    // nothing in the store is meant by it
	Ambiguous  ReferenceState = "ambiguous"  // several secrets could be meant
	Behind     ReferenceState = "behind"     // the secret is newer than what is published of it
	Deleted    ReferenceState = "deleted"    // the secret that held it has no current version
)

// Summary is what may be known of a certificate without its contents: enough to
// recognise it, and to tell its successor from its predecessor.
type Summary struct {
	Fingerprint Fingerprint    `json:"sha256"`
	Identity    IdentityDigest `json:"identity"`
	NotBefore   time.Time      `json:"not_before"`
	NotAfter    time.Time      `json:"not_after"`
	CA          bool           `json:"ca,omitempty"`
}

// Summary returns the certificate's own.
func (c *Certificate) Summary() Summary {
	return Summary{c.Fingerprint, c.IdentityDigest(), c.NotBefore, c.NotAfter, c.CA}
}

// Reference is the store's answer about one deployed certificate. Fields that
// the state does not need are empty.
type Reference struct {
	State ReferenceState
	Mount string // with its trailing slash, as Vault prints it
	Path  string // below the mount
	Key   string // of the secret

	DeployedVersion int // 0 when the store does not tell
	CurrentVersion  int // 0 when the store has no versions

	// Since is when the drift began: when the store's next version after the
	// deployed one was written or, where the deployed one is not among its
	// versions, the current one. For Behind it is when the first version was
	// written that is not published, for Deleted when the current one was
	// deleted. Zero when the store does not tell.
	Since time.Time

	// Current is the certificate that the store holds now; nil when unknown.
	Current *Summary

	// Written is when the version was written of Current; zero when the
	// store does not tell.
	Written time.Time

	// Bundle is all that the store holds under the same key, in its order, when
	// these are several CAs and nothing else.
	Bundle []Summary

	// Candidates are the full paths of the secrets that could be meant.
	Candidates []string
}

// FullPath is the secret's path as `safe` and `vault kv get` take it.
func (r Reference) FullPath() string { return r.Mount + r.Path }
