package explain

import (
	"time"

	"cert-health/internal/knowledge"
	"cert-health/internal/verdict"
)

// Answer is what logs say about certificates, the worst first.
type Answer struct {
	Cases []*Case `json:"cases"`
	// Unread are lines that may be about certificates, and whose words are not known.
	Unread      []Pattern `json:"unread,omitempty"`
	UnreadLines int       `json:"unread_lines,omitempty"`
	Long        int       `json:"long_lines,omitempty"`   // lines that were read in pieces
	Merged      int       `json:"merged_lines,omitempty"` // lines whose peer is not told apart, because there are too many
	Logs        int       `json:"logs"`
	Lines       int64     `json:"lines"`
	Bytes       int64     `json:"bytes"`
	Surveyed    bool      `json:"surveyed"` // certificates are known, so that an empty list of suspects means something
}

// Case is one fault of one certificate, with all lines that are about it.
type Case struct {
	Sentence string          `json:"sentence"`        // who refused whom, and why
	Fault    knowledge.Fault `json:"fault,omitempty"` // empty for what people see
	As       knowledge.Side  `json:"as,omitempty"`    // the role of the certificate at fault
	// Suspects are the certificates that can be at fault, the likeliest first. One that is Proven is.
	Suspects []*Suspect `json:"suspects,omitempty"`
	// Kinds are the certificates that a platform is known to have and that fit, where none is found.
	Kinds   []Kind         `json:"kinds,omitempty"`
	End     time.Time      `json:"not_after,omitzero"` // that the words have
	Notes   []string       `json:"notes,omitempty"`
	Effects []Effect       `json:"effects,omitempty"` // what people see because of it
	Steps   []verdict.Step `json:"steps"`
	Lines   int            `json:"lines"`
	First   time.Time      `json:"first,omitzero"`
	Last    time.Time      `json:"last,omitzero"`
	Words   string         `json:"words"`         // of the first line
	Log     string         `json:"log,omitempty"` // that has it

	groups []*Group
	parts  parties
}

// Suspect is a certificate that can be at fault.
type Suspect struct {
	Name        string    `json:"name"`
	Variable    string    `json:"variable,omitempty"` // by which manifests of the platform know it
	Fingerprint string    `json:"fingerprint_sha256"`
	Subject     string    `json:"subject,omitempty"`
	CA          bool      `json:"ca,omitempty"`
	NotAfter    time.Time `json:"not_after"`
	State       string    `json:"state"` // in words
	Proven      bool      `json:"proven"`
	Because     string    `json:"because,omitempty"` // who needs it for what
	Where       []Where   `json:"where"`
	Store       []Stored  `json:"store,omitempty"`
	// Outdated is true if a store holds a newer version, which is valid.
	Outdated bool `json:"outdated,omitempty"`
	// InMemory is the number of instances where a process serves it and no file has it any more.
	InMemory int `json:"in_memory,omitempty"`
}

// Where are the instances of a group that have a certificate.
type Where struct {
	Deployment string   `json:"deployment,omitempty"`
	Group      string   `json:"group,omitempty"`
	Instances  int      `json:"instances"`
	Files      []string `json:"files,omitempty"`
}

// Stored is what a store holds of a certificate now.
type Stored struct {
	Store    string    `json:"store,omitempty"`
	Path     string    `json:"path"`
	Version  int       `json:"version,omitempty"`
	Since    time.Time `json:"since,omitzero"`
	NotAfter time.Time `json:"not_after,omitzero"`
	Same     bool      `json:"same"` // it is the deployed one
	key      string    // of the secret, under which it is
}

// Kind is a certificate that a platform is known to have.
type Kind struct {
	Name    string         `json:"name"`
	As      knowledge.Side `json:"as,omitempty"`
	Groups  []string       `json:"groups,omitempty"`
	Files   []string       `json:"files,omitempty"`
	Because string         `json:"because,omitempty"`
}

// Effect is what people see because of a certificate.
type Effect struct {
	Means string `json:"means"`
	Words string `json:"words"`
	Lines int    `json:"lines"`
}
