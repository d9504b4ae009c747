// Package plan is what a command is about to do, shown before it does it: to people as text, to programs as JSON.
// Confirm shows a plan and asks whether to go on. A plan holds public data alone: names, paths, dates, never a value
// of a secret.
package plan

import "cert-health/internal/verdict"

// Plan is everything that a command is about to do.
type Plan struct {
	Title    string         `json:"title"`
	Acts     []Act          `json:"acts"` // in the order in which they are done
	Warnings []string       `json:"warnings,omitempty"`
	After    []string       `json:"after,omitempty"` // what to know or to do afterwards, a sentence each
	Steps    []verdict.Step `json:"steps,omitempty"` // commands for afterwards, in their order
}

// Act is one thing that is done, and cannot be done in part.
type Act struct {
	Verb     string   `json:"verb"`   // "renew", "write", "restart"
	Target   string   `json:"target"` // a path of a secret, a file, a job
	Changes  []Change `json:"changes,omitempty"`
	SignedBy string   `json:"signed_by,omitempty"` // the path of the CA
	UsedBy   []string `json:"used_by,omitempty"`   // instances and jobs
	Why      string   `json:"why,omitempty"`
}

// Change is one difference that an act makes. An empty From is something new, an empty To is something that is
// removed, and what is the same in both stays.
type Change struct {
	What string `json:"what"`
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`
}

// String says the change without its noun.
func (c Change) String() string {
	switch {
	case c.From == c.To:
		return c.To + " (stays)"
	case c.From == "":
		return c.To
	case c.To == "":
		return c.From + " (is removed)"
	}
	return c.From + " -> " + c.To
}

// Empty tells whether there is nothing to do.
func (p Plan) Empty() bool { return len(p.Acts) == 0 }
