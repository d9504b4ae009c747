// Package uplink is how an agent and the hub talk: the messages of both, and the agent's client.
//
// The agent sends HTTPS requests with a client certificate, and the hub answers. A heartbeat says
// which report is the newest, by its digest; the whole report follows when the hub does not have it.
// Reports are a state, not events: a newer one replaces an older one, and a lost one needs no repetition.
package uplink

import (
	"encoding/json"
	"time"

	"cert-health/internal/cert"
	"cert-health/internal/reference"
	"cert-health/internal/report"
	"cert-health/internal/verdict"
)

// Schema is the version of the messages. It grows when a key changes its meaning or disappears.
const Schema = 1

// The paths of the hub for agents. All requests are POST with a JSON document.
const (
	HeartbeatsPath = "/v1/heartbeats" // Heartbeat: 204; 409: send the whole report
	ReportsPath    = "/v1/reports"    // Report, with Content-Encoding gzip: 204; 409: a newer one is known
	ReferencesPath = "/v1/references" // ReferencesRequest: 200 with a ReferencesAnswer
)

// The limits of the messages, in bytes. A report of a cell has 40 KB, and 9 KB compressed. A VM may
// have 20,000 certificates, with one to three kilobytes for each.
const (
	MaxHeartbeat      = 16 << 10
	MaxReport         = 4 << 20  // compressed
	MaxWholeReport    = 32 << 20 // not compressed
	MaxReferences     = 4 << 20  // of a request for references, not compressed
	MaxReferencesBack = 16 << 20 // of the answer, not compressed
	MaxRefusal        = 4 << 10  // of the sentence in any other answer
)

const (
	// DefaultInterval is the time between two heartbeats of one agent.
	DefaultInterval = time.Minute
	// LeastInterval is the shortest time that can be set for it.
	LeastInterval = 10 * time.Second
	// MostInterval is the longest.
	MostInterval = 10 * time.Minute
	// SilentAfter is how many intervals without a heartbeat make an instance silent.
	SilentAfter = 3
	// MaxPause is the longest time between two attempts of an agent that the hub does not answer.
	MaxPause = 10 * time.Minute
)

// Heartbeat says that an agent lives, and which report is its newest.
type Heartbeat struct {
	Schema    int             `json:"schema"`
	Instance  report.Instance `json:"instance"`
	Digest    string          `json:"digest"` // of the report; see Digest
	Sequence  Sequence        `json:"sequence"`
	ScannedAt time.Time       `json:"scanned_at,omitzero"` // when the last scan was completed
}

// Report is a whole report.
type Report struct {
	Schema   int             `json:"schema"`
	Digest   string          `json:"digest"`
	Sequence Sequence        `json:"sequence"`
	Report   json.RawMessage `json:"report"` // as report.Parse reads it
}

// ReferencesRequest asks what stores hold.
type ReferencesRequest struct {
	Schema   int             `json:"schema"`
	Instance report.Instance `json:"instance"`
	// Identities are searched for in the current and older versions of all secrets.
	Identities []cert.IdentityDigest `json:"identities,omitempty"`
	// Paths are secrets that the agent knows already.
	Paths []reference.Path `json:"paths,omitempty"`
	// History are secrets whose older versions are requested too.
	History []reference.Path `json:"history,omitempty"`
}

// ReferencesAnswer is what stores hold. Its secrets contain public data only.
type ReferencesAnswer struct {
	Schema int `json:"schema"`
	// Kind and Title are those of the store, as in reference.Source: "vault" and "Vault". They are
	// empty if the secrets are of stores of several kinds.
	Kind      string              `json:"kind,omitempty"`
	Title     string              `json:"title,omitempty"`
	State     reference.State     `json:"state"`
	Error     string              `json:"error,omitempty"` // why State is unavailable
	CheckedAt time.Time           `json:"checked_at,omitzero"`
	Secrets   []reference.Secret  `json:"secrets,omitempty"`
	Missing   []reference.Path    `json:"missing,omitempty"` // of the requested paths: there is no such secret
	Problems  []reference.Problem `json:"problems,omitempty"`
	// Incomplete tells that the hub has never seen one of its stores: what it does not find may be there.
	Incomplete bool     `json:"incomplete,omitempty"`
	Remedies   Remedies `json:"remedies,omitempty"`
}

// Remedies are the steps of actions, by the full path of the secret (reference.Path.String) and the
// name of the action (ActionName). An agent knows the steps of the kind "vault" by itself: they
// depend on the certificate that is deployed.
type Remedies map[string]map[string][]verdict.Step

// Refusal is the body of every answer that is not a success: one sentence for people.
type Refusal struct {
	Error string `json:"error"`
}
