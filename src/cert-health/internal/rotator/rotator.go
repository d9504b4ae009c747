// Package rotator takes the steps of a rotation in a store: package rotation says which step may be taken, and this
// package says what it changes, and changes it. A step that was stopped halfway is taken again.
package rotator

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cert-health/internal/issue"
	"cert-health/internal/plan"
	"cert-health/internal/rotation"
	"cert-health/internal/survey"
)

// Store is a store with the CA that is rotated.
type Store interface {
	// Gather adds to a survey what the store holds.
	Gather(ctx context.Context, b *survey.Builder) error
	// Refine adds to what the survey tells of the CA what only the store knows.
	Refine(ctx context.Context, s *survey.Survey, store *rotation.Store) error
	// Prepare says what the current step of a state changes. It changes nothing.
	Prepare(ctx context.Context, step Step) (*Job, error)
	// Close wipes what was read.
	Close()
}

// Step is the step to prepare.
type Step struct {
	State  rotation.State
	Store  rotation.Store
	Survey *survey.Survey
	New    Successor // of a rotation that begins
}

// Successor says how the CA that a rotation begins with differs from the one that is there.
type Successor struct {
	Subject  string        // empty: the same
	Lifetime time.Duration // 0: the same
	KeyType  issue.KeyType // zero: the same
}

// Job is a step that is ready to be taken.
type Job struct {
	Plan plan.Plan
	// Run takes it. It begins nothing more after a failure; the results have the order of the plan's acts.
	Run func(ctx context.Context) []plan.Result
}

// errNotNow says that a state has no step that can be taken.
var errNotNow = errors.New("no step can be taken now")

// takes tells whether the step changes the store.
func (s Step) takes() error {
	if !s.State.Offered && !s.State.Begin {
		return fmt.Errorf("%w: %s", errNotNow, s.State.Next)
	}
	return nil
}

// act is one act of a job, with what carries it out.
type act struct {
	plan.Act
	do func(ctx context.Context) (detail string, err error)
}

// job makes a job of acts.
func job(title string, acts []act, after Step, warnings ...string) *Job {
	j := &Job{Plan: plan.Plan{Title: title, Warnings: warnings}}
	for _, a := range acts {
		j.Plan.Acts = append(j.Plan.Acts, a.Act)
	}
	after.afterwards(&j.Plan)
	j.Run = func(ctx context.Context) (results []plan.Result) {
		failed := false
		for _, a := range acts {
			r := plan.Result{Verb: a.Verb, Target: a.Target, State: plan.Untouched}
			if !failed {
				var err error
				r.State = plan.Done
				if r.Detail, err = a.do(ctx); err != nil {
					failed, r.State, r.Detail = true, plan.Failed, err.Error()
				}
			}
			results = append(results, r)
		}
		return results
	}
	return j
}
