package reference

import (
	"time"

	"cert-health/internal/verdict"
)

// Source is a configured source of references.
type Source struct {
	Store
	Kind  string // in reports: "vault"
	Title string // in messages: "Vault", which is also the name of the store
	// Remedies are the words and steps with which findings name and repair the source.
	Remedies verdict.Source
	// Recall, if it is not nil, tells the source what is known from before the agent started.
	Recall  func(*Knowledge)
	Address string
	// Scope says which part of which source is read. Knowledge from another
	// scope is useless.
	Scope   string
	Timeout time.Duration // for one comparison
}

// Use says how often a source is asked.
type Use int

// The uses of a source.
const (
	Once      Use = iota // an operator waits for the answer: the configured rate does not limit it
	Regularly            // the agent asks on a timer, at the configured rate
)
