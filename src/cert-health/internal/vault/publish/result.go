package publish

import (
	"cmp"
	"fmt"
	"slices"
)

// Result is the result of one run.
type Result struct {
	Secrets      int       `json:"secrets"`      // number of secrets
	Published    int       `json:"published"`    // secrets whose certificates are published now
	Certificates int       `json:"certificates"` // certificates of these secrets
	Failed       int       `json:"failed"`       // paths that could not be read or published completely: the number of problems
	Changes      []Change  `json:"changes"`      // sorted by path
	IndexWrites  int       `json:"index_writes"`
	Problems     []Problem `json:"problems"` // sorted by path
	Requests     int       `json:"requests"`
	DryRun       bool      `json:"dry_run,omitempty"`

	failed int // secrets that could not be read or published completely
}

// Change is one publication that was written, or would be written without DryRun.
type Change struct {
	Path         string `json:"path"`
	Version      int    `json:"version,omitempty"`
	Certificates int    `json:"certificates"`
	Removed      bool   `json:"removed,omitempty"`
}

// Problem says what was not published, and why. Each path has one.
type Problem struct {
	Path   string `json:"path,omitempty"` // empty if the problem concerns all paths
	Reason string `json:"reason"`
}

// String returns the path, if there is one, and the reason.
func (p Problem) String() string {
	if p.Path == "" {
		return p.Reason
	}
	return p.Path + ": " + p.Reason
}

// complete sorts changes and problems, and removes duplicates: a path may be below several of the
// published paths. Several problems of one path become one.
func (r *Result) complete() {
	slices.SortStableFunc(r.Changes, func(a, b Change) int { return cmp.Compare(a.Path, b.Path) })
	slices.SortStableFunc(r.Problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Reason, b.Reason))
	})
	r.Changes, r.Problems = slices.Compact(r.Changes), joined(slices.Compact(r.Problems))
	r.Failed = len(r.Problems)
}

// joined joins the sorted problems of each path.
func joined(problems []Problem) []Problem {
	all := problems[:0]
	for _, p := range problems {
		if last := len(all) - 1; last >= 0 && p.Path != "" && all[last].Path == p.Path {
			all[last].Reason += "; " + p.Reason
			continue
		}
		all = append(all, p)
	}
	return all
}

// NothingError says that nothing could be published, and why. Problem is the problem with the
// shortest reason, which is usually the most general one.
type NothingError struct {
	Problem Problem
	More    int // number of other problems
}

// Error implements error.
func (e *NothingError) Error() string {
	more := ""
	if e.More > 0 {
		more = fmt.Sprintf(" (and %d more)", e.More)
	}
	return fmt.Sprintf("nothing could be published: %s%s", e.Problem, more)
}

// nothing returns the error if nothing could be published.
func (r *Result) nothing() error {
	if r.Secrets > r.failed || len(r.Problems) == 0 {
		return nil
	}
	first := slices.MinFunc(r.Problems, func(a, b Problem) int { return cmp.Compare(len(a.Reason), len(b.Reason)) })
	return &NothingError{first, len(r.Problems) - 1}
}
