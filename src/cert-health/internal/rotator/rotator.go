// Package rotator takes the steps of a rotation in a store: package rotation says which step may be taken, and this
// package says what it changes, and changes it. A step that was stopped halfway is taken again.
package rotator

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"cert-health/internal/cert"
	"cert-health/internal/issue"
	"cert-health/internal/plan"
	"cert-health/internal/rotation"
	"cert-health/internal/survey"
	"cert-health/internal/verdict"
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

// afterwards adds what to deploy when the step is taken.
func (s Step) afterwards(p *plan.Plan) {
	following := map[rotation.StepName]rotation.StepName{"": rotation.Distribute, rotation.Add: rotation.Distribute, rotation.Switch: "", rotation.Renew: rotation.Show, rotation.Drop: rotation.Clear}
	next := following[s.State.Current]
	if s.State.Current == rotation.Switch {
		p.After = append(p.After, "no deploy is needed for this step")
	}
	deployments := s.deployments(next)
	for _, d := range deployments {
		p.Steps = append(p.Steps, verdict.Do("merge the manifest anew, then:"), verdict.Run("bosh", "-d", d, "deploy", "MANIFEST"))
	}
	if next != "" && len(deployments) == 0 {
		p.After = append(p.After, "deploy everything that gets certificates from here, service instances too")
	}
	p.Steps = append(p.Steps, verdict.Run("cert-health", "rotate", "status", s.State.CA))
}

// deployments are those of the instances that a step of VMs concerns. Before a rotation begins, these are all that
// trust the CA.
func (s Step) deployments(step rotation.StepName) (list []string) {
	add := func(name string) {
		if name != "" && !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	if step == rotation.Clear || s.State.Begin {
		for _, i := range s.Survey.Instances {
			if s.trusts(i) {
				add(i.Deployment)
			}
		}
	} else {
		for _, b := range s.State.Step(step).Blockers {
			add(b.Deployment)
		}
	}
	slices.Sort(list)
	return list
}

// users are the instances that trust one of the CAs.
func (s Step) users() (names []string) {
	for _, i := range s.Survey.Instances {
		if s.trusts(i) {
			names = append(names, strings.TrimSpace(i.Deployment+" "+i.Name))
		}
	}
	return names
}

func (s Step) trusts(i *survey.Instance) bool {
	return slices.ContainsFunc(i.Places, func(p survey.Place) bool {
		return p.Trusts() && (p.Certificate == s.Store.New || slices.Contains(s.Store.Old, p.Certificate))
	})
}

// stays is the CA that stays in the direction of the state.
func (s Step) stays() *survey.Certificate {
	for _, c := range s.Store.Old {
		if c.Fingerprint == s.State.New.Fingerprint {
			return c
		}
	}
	return s.Store.New
}

// given are the CAs that the store hands out after the step: the one that signs first.
func (s Step) given(signs *survey.Certificate, keeps bool) []*survey.Certificate {
	list := []*survey.Certificate{signs}
	add := func(c *survey.Certificate) {
		if !slices.Contains(list, c) {
			list = append(list, c)
		}
	}
	add(s.stays())
	for _, c := range append([]*survey.Certificate{s.Store.New}, s.Store.Old...) {
		if keeps && (slices.Contains(s.Store.Bundle, c) || s.State.Needs(c.Fingerprint)) {
			add(c)
		}
	}
	return list
}

// noun is a certificate as surveys have it.
func noun(c *cert.Certificate) survey.Certificate {
	return survey.Certificate{Fingerprint: c.Fingerprint.String(), Name: c.Name(), Subject: c.Subject, Issuer: c.Issuer, Serial: c.Serial, SANs: c.SANs,
		NotBefore: c.NotBefore, NotAfter: c.NotAfter, Key: c.KeyName(), Usages: c.ExtKeyUsage, CA: c.CA, KeyID: c.KeyID, AuthorityID: c.AuthorityKeyID}
}

// describe names a CA for people, when several have one name.
func describe(c *survey.Certificate) string {
	return fmt.Sprintf("%s (%s, ends %s)", c.Name, c.Fingerprint[:min(8, len(c.Fingerprint))], verdict.Stamp(c.NotAfter))
}

func describeAll(list []*survey.Certificate) string {
	var words []string
	for _, c := range list {
		words = append(words, describe(c))
	}
	return strings.Join(words, " and ")
}
