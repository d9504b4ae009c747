package inventory

import (
	"time"

	"cert-health/internal/reference"
)

// Item is one thing of a source that may hold certificates: a secret of Vault, a credential of
// CredHub, a TLS address, a property of Ops Manager.
type Item struct {
	// Path names the item within its source, as the source's own tools write it:
	// "secret/cf/bbs/tls", "/bosh/cf/router_ssl", "api.example.com:443". It is unique in its source.
	// Endpoints have the path "endpoint ADDRESS".
	Path string `json:"path"`
	// Kind tells items of one source apart: "secret", "issued", "certificate", "host", "endpoint", …
	Kind string `json:"kind,omitempty"`
	// Version changes when the content changes. It is empty if the source has no such sign: then
	// the item is read each time.
	Version   string     `json:"version,omitempty"`
	Sightings []Sighting `json:"sightings,omitempty"`
	// Findings are what only the source can find out: a host that does not answer, a name that the
	// certificate does not have.
	Findings []Finding `json:"findings,omitempty"`
	// Details are more that people want to know, in the order to show: the rotation procedure, the
	// deployments that use it.
	Details []Detail `json:"details,omitempty"`
	// Instance is set in an item of a Director that is an instance. It holds no certificates, and the
	// catalog does not show it: see collect.Collector.Listed.
	Instance *Listed `json:"instance,omitempty"`

	// The rest is what agents need besides, to compare a deployed certificate with a secret of Vault.

	// Mount is the part of Path that names the engine, with its slash: "secret/".
	Mount string `json:"mount,omitempty"`
	// Versions are those that were read, the newest first. An engine without versions has one, without
	// a number.
	Versions []Version `json:"versions,omitempty"`
	// Revoked is what the CAs of the secret have revoked, as its revocation list says.
	Revoked []reference.Revocation `json:"revoked,omitempty"`
}

// Version is one version of a secret.
type Version struct {
	Number    int       `json:"number,omitempty"`
	Created   time.Time `json:"created,omitzero"`
	Deleted   bool      `json:"deleted,omitempty"`
	DeletedAt time.Time `json:"deleted_at,omitzero"` // zero if it is not deleted, or if that is not known
	// Holds are the indexes of its certificates in Sightings, in the order of the secret. What it holds
	// in common with a newer version is there only once.
	Holds []int `json:"holds,omitempty"`
}

// Detail is one named value for people.
type Detail struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// State says which generation of an item a certificate belongs to.
type State string

// The states of a sighting. There are no others.
const (
	Current      State = "current"      // what the source hands out now
	Transitional State = "transitional" // handed out beside the current one, during the rotation of a CA
	Previous     State = "previous"     // an older version; it is history, and never a finding
	Revoked      State = "revoked"      // the issuing CA has revoked it; it is history
)

// InUse tells whether the certificate can be in use: it is judged.
func (s State) InUse() bool { return s == Current || s == Transitional }

// Sighting is one certificate at one place of an item.
type Sighting struct {
	Certificate ID `json:"certificate"`
	// Place is the place within the item: the key of a secret, with the path within its value if the
	// value is YAML or JSON; "chain 1" for the first certificate behind a server's own.
	Place string `json:"place,omitempty"`
	// Key is the key of a secret, if Place has a path behind it.
	Key string `json:"key,omitempty"`
	// Keyless tells that the private key is not where the tools of the store look for it.
	Keyless bool   `json:"keyless,omitempty"`
	State   State  `json:"state"`
	Version string `json:"version,omitempty"` // of the item, that holds it
	// Since is when the version was written; zero when it is not known.
	Since time.Time `json:"since,omitzero"`
}
