package order

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"cert-health/internal/plan"
	"cert-health/internal/vault/keep"
)

// Plan says what Run will do. It looks for what a CA with a new key breaks.
func (j *Job) Plan(ctx context.Context) (plan.Plan, error) {
	d := &description{Job: j, taken: map[*authority]int{}}
	d.plan.Title = d.title()
	for _, i := range j.items {
		d.plan.Acts = append(d.plan.Acts, d.act(i))
		if err := d.warn(ctx, i); err != nil {
			return d.plan, err
		}
	}
	for _, r := range j.refused {
		d.warning("left out: %s", r)
	}
	if d.unwritable != nil {
		d.warning("%v", d.unwritable)
	}
	d.afterwards()
	return d.plan, nil
}

// description is a plan that is being written.
type description struct {
	*Job
	plan        plan.Plan
	taken       map[*authority]int // serial numbers so far
	deployments []string
}

func (d *description) title() string {
	verb := strings.ToUpper(string(d.order.Verb[:1])) + string(d.order.Verb[1:])
	switch len(d.items) {
	case 0:
		return "There is nothing to " + string(d.order.Verb)
	case 1:
		return verb + " " + d.items[0].path()
	}
	return fmt.Sprintf("%s %d certificates", verb, len(d.items))
}

func (d *description) warning(format string, values ...any) {
	if text := fmt.Sprintf(format, values...); !slices.Contains(d.plan.Warnings, text) {
		d.plan.Warnings = append(d.plan.Warnings, text)
	}
}

func (d *description) act(i *item) plan.Act {
	a := plan.Act{Verb: string(d.order.Verb), Target: i.path()}
	if i.noun != nil {
		use := d.clerk.use(i.noun.Fingerprint.String())
		a.UsedBy = use.By
		d.deployments = append(d.deployments, use.Deployments...)
	}
	if d.order.Verb == Revoke || d.order.Verb == RenewList {
		a.SignedBy = i.signer.path
		a.Changes = []plan.Change{{What: "writes", To: i.signer.path + ": " + keep.CRLKey}}
		if d.order.Verb == Revoke {
			a.Changes = append(a.Changes, plan.Change{What: "serial", To: i.noun.Serial}, plan.Change{What: "subject", To: i.noun.Subject})
		}
		return a
	}
	a.SignedBy, a.Changes = i.signedBy(), d.changes(i)
	return a
}
