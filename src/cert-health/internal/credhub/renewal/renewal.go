// Package renewal has CredHub make successors of certificates. CredHub makes each with a new key, which never leaves
// it. A CA gets a successor that is transitional: it is handed out beside the old one and does not sign yet, which is
// the first step of its rotation.
package renewal

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"cert-health/internal/credhub"
	"cert-health/internal/plan"
	"cert-health/internal/verdict"
)

// Store is CredHub.
type Store interface {
	Named(ctx context.Context, name string) (*credhub.Certificate, error)
	Regenerate(ctx context.Context, id string, r credhub.Regeneration) (version string, err error)
}

// Options say what is renewed, and how.
type Options struct {
	Names     []string
	Lifetime  time.Duration // 0: as before
	KeyLength int           // of a new RSA key; 0: as before
}

// Job is a renewal that is ready to run.
type Job struct {
	store   Store
	options Options
	items   []*credhub.Certificate
}

// Prepare looks at the certificates. It changes nothing. An error names all that cannot be renewed.
func Prepare(ctx context.Context, store Store, o Options) (*Job, error) {
	j := &Job{store: store, options: o}
	var problems []string
	for _, name := range o.Names {
		found, err := store.Named(ctx, name)
		if err == nil {
			err = check(found)
		}
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case err != nil:
			problems = append(problems, name+": "+err.Error())
		case !slices.ContainsFunc(j.items, func(c *credhub.Certificate) bool { return c.ID == found.ID }):
			j.items = append(j.items, found)
		}
	}
	if len(problems) > 0 {
		return nil, errors.New(strings.Join(problems, "; "))
	}
	// A CA is the first step of a rotation, and its leaves are signed by its old version until the next step.
	slices.SortStableFunc(j.items, func(x, y *credhub.Certificate) int { return rank(x) - rank(y) })
	return j, nil
}

func rank(c *credhub.Certificate) int {
	if isCA(c) {
		return 0
	}
	return 1
}

func isCA(c *credhub.Certificate) bool { return c.Versions[0].CA }

// check tells why CredHub cannot regenerate a certificate.
func check(c *credhub.Certificate) error {
	active := c.Active()
	switch {
	case len(c.Versions) == 0 || active < 0:
		return errors.New("it has no version in use: look at it with credhub get")
	case !c.Versions[active].Generated:
		return fmt.Errorf("it was set, not generated, so CredHub cannot make a successor: write one with credhub set -t certificate -n %s", c.Name)
	case isCA(c) && c.Transitional() >= 0:
		return fmt.Errorf("a rotation of this CA is under way, it has a transitional version: go on with cert-health rotate next %s --source credhub", c.Name)
	}
	return nil
}

// Plan says what Run will do.
func (j *Job) Plan() plan.Plan {
	p := plan.Plan{Title: fmt.Sprintf("Regenerate %d certificates in CredHub", len(j.items))}
	if len(j.items) == 1 {
		p.Title = "Regenerate " + j.items[0].Name + " in CredHub"
	}
	for _, c := range j.items {
		p.Acts = append(p.Acts, j.act(c))
		if isCA(c) {
			p.Warnings = append(p.Warnings, c.Name+" is a CA: its new version is transitional, which is the first step of its rotation; it is handed out, and the old version still signs")
			p.Steps = append(p.Steps, verdict.Run("cert-health", "rotate", "status", c.Name, "--source", "credhub"))
		}
	}
	p.After = append(p.After, "deploy what uses it: nothing changes on a VM before that")
	return p
}

func (j *Job) act(c *credhub.Certificate) plan.Act {
	active := c.Versions[c.Active()]
	end := "as long after now as it was valid before"
	if j.options.Lifetime > 0 {
		end = fmt.Sprintf("%d days from now", credhub.Days(j.options.Lifetime))
	}
	signer := c.SignedBy
	if signer == c.Name {
		signer = "itself"
	}
	return plan.Act{Verb: "regenerate", Target: c.Name, SignedBy: signer, Changes: []plan.Change{
		{What: "ends", From: verdict.Stamp(active.Expires.Time), To: end},
		{What: "key", To: "a new one, which CredHub makes and keeps"},
		{What: "version", From: active.ID, To: "a new one"},
	}}
}

// errSame says that CredHub has not made another version.
var errSame = errors.New("CredHub answers that it is done, and shows no new version: look at it with credhub curl -p /api/v1/certificates/?name=NAME")

// Run has CredHub make the certificates. After a failure it begins nothing more.
func (j *Job) Run(ctx context.Context) (results []plan.Result) {
	var stopped error
	for _, c := range j.items {
		result := plan.Result{Verb: "regenerate", Target: c.Name, State: plan.Untouched}
		if stopped == nil {
			result.State = plan.Done
			if result.Detail, stopped = j.regenerate(ctx, c); stopped != nil {
				result.State, result.Detail = plan.Failed, stopped.Error()
			}
		}
		results = append(results, result)
	}
	return results
}

// regenerate makes one successor and looks whether it is there.
func (j *Job) regenerate(ctx context.Context, c *credhub.Certificate) (string, error) {
	now, err := j.store.Named(ctx, c.Name)
	if err != nil {
		return "", err
	}
	if now.ID != c.ID || now.Versions[0].ID != c.Versions[0].ID {
		return "", errors.New("someone else has changed it since the plan was made: run the command again")
	}
	r := credhub.Regeneration{Transitional: isCA(c), KeyLength: j.options.KeyLength}
	if j.options.Lifetime > 0 {
		r.Days = credhub.Days(j.options.Lifetime)
	}
	version, err := j.store.Regenerate(ctx, c.ID, r)
	if err != nil {
		return "", err
	}
	after, err := j.store.Named(ctx, c.Name)
	if err != nil {
		return "", fmt.Errorf("it is regenerated, and cannot be read back: %w", err)
	}
	at := slices.IndexFunc(after.Versions, func(v credhub.Version) bool { return v.ID == version })
	if at < 0 || version == c.Versions[0].ID {
		return "", errSame
	}
	return fmt.Sprintf("version %s, ends %s", version, verdict.Stamp(after.Versions[at].Expires.Time)), nil
}
