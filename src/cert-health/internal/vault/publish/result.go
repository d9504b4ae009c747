package publish

import (
	"cmp"
	"fmt"
	"slices"
)

// Result is what one run did.
type Result struct {
	Secrets      int       `json:"secrets"`      // seen
	Published    int       `json:"published"`    // of these: have certificates, and they are published now
	Certificates int       `json:"certificates"` // of these secrets
	Failed       int       `json:"failed"`       // of the secrets seen: something of them could not be read or written
	Changes      []Change  `json:"changes"`      // sorted by path
	IndexWrites  int       `json:"index_writes"`
	Problems     []Problem `json:"problems"` // sorted by path
	Requests     int       `json:"requests"`
	DryRun       bool      `json:"dry_run,omitempty"`
}

// Change is one publication that was written, or would be.
type Change struct {
	Path         string `json:"path"`
	Version      int    `json:"version,omitempty"`
	Certificates int    `json:"certificates"`
	Removed      bool   `json:"removed,omitempty"`
}

// Problem is something that was not published.
type Problem struct {
	Path   string `json:"path,omitempty"` // empty where it is about all
	Reason string `json:"reason"`
}

// String is the path, where there is one, and the reason.
func (p Problem) String() string {
	if p.Path == "" {
		return p.Reason
	}
	return p.Path + ": " + p.Reason
}

// sort puts in order what workers told in any. A path may lie below several of those
// that are published, and is told of once.
func (r *Result) sort() {
	slices.SortFunc(r.Changes, func(a, b Change) int { return cmp.Compare(a.Path, b.Path) })
	slices.SortFunc(r.Problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Reason, b.Reason))
	})
	r.Changes, r.Problems = slices.Compact(r.Changes), slices.Compact(r.Problems)
}

// NothingError says that a run could do nothing, and why: of all that it met the
// shortest reason, which is the most general one.
type NothingError struct {
	Problem Problem
	More    int // problems beside it
}

// Error says it in one sentence.
func (e *NothingError) Error() string {
	more := ""
	if e.More > 0 {
		more = fmt.Sprintf(" (and %d more)", e.More)
	}
	return fmt.Sprintf("nothing could be published: %s%s", e.Problem, more)
}

// nothing is the error of a run that could do nothing.
func (r *Result) nothing() error {
	if r.Secrets > r.Failed || len(r.Problems) == 0 {
		return nil
	}
	first := slices.MinFunc(r.Problems, func(a, b Problem) int { return cmp.Compare(len(a.Reason), len(b.Reason)) })
	return &NothingError{first, len(r.Problems) - 1}
}
