package platform

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"unique"

	"cert-health/hub/internal/fleet"
	"cert-health/hub/internal/inventory"
	"cert-health/internal/cert"
	"cert-health/internal/survey"
)

// Query selects the instances of a survey. Its zero value selects all.
type Query struct{ Deployments []string }

// selected are the instances that exist. One that the Director no longer lists has no VM.
func selected(v *fleet.View, q Query) (list []*fleet.Instance) {
	if v == nil {
		return nil
	}
	names := q.Deployments
	if len(names) == 0 {
		names = []string{""}
	}
	for _, name := range names {
		for i := range v.Select(fleet.Query{Deployment: name}) {
			list = append(list, i)
		}
	}
	return list
}

// known is what the view of the fleet knows of an instance.
func known(i *fleet.Instance) survey.Instance {
	return survey.Instance{Deployment: i.Deployment, Group: i.Group, ID: i.ID, Name: i.Name(), AZ: i.AZ, Address: i.Address, Standing: string(i.Standing)}
}

// part is what one instance adds to a survey. Its certificates belong to no survey yet.
type part struct {
	instance survey.Instance
	secrets  []survey.Secret
	unread   bool // its report cannot be read
}

// read reads the report of an instance.
func (s *Service) read(ctx context.Context, i *fleet.Instance) (*part, error) {
	p := &part{instance: known(i)}
	if !i.Reported() {
		return p, nil
	}
	stored, err := s.options.Reports.Report(ctx, i.Key)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil || stored == nil:
		p.unread = true
		return p, nil
	}
	var b survey.Builder
	b.Report(stored, p.instance)
	made := b.Build(stored.CheckedAt)
	p.instance = *made.Instances[0]
	p.compact()
	for _, secret := range made.Secrets {
		p.secrets = append(p.secrets, *secret)
	}
	return p, nil
}

// compact lets instances share the texts that are the same on many.
func (p *part) compact() {
	one := func(text string) string { return unique.Make(text).Value() }
	for n := range p.instance.Places {
		at := &p.instance.Places[n]
		at.Job, at.File, at.Alias, at.Form, at.Role, at.Class = one(at.Job), one(at.File), one(at.Alias), cert.Form(one(string(at.Form))), cert.Role(one(string(at.Role))), cert.FileClass(one(string(at.Class)))
		at.Secret = one(at.Secret)
	}
}

// into adds the part to a survey: its certificates become those of the survey.
func (p *part) into(b *survey.Builder) *survey.Instance {
	own := p.instance
	own.Places = append([]survey.Place(nil), own.Places...)
	for n := range own.Places {
		own.Places[n].Certificate = b.Certificate(*own.Places[n].Certificate)
	}
	own.Shown = append([]survey.Shown(nil), own.Shown...)
	for n := range own.Shown {
		own.Shown[n].Certificate = b.Certificate(*own.Shown[n].Certificate)
	}
	for _, secret := range p.secrets {
		certificates := make([]*survey.Certificate, 0, len(secret.Certificates))
		for _, c := range secret.Certificates {
			certificates = append(certificates, b.Certificate(*c))
		}
		secret.Certificates = certificates
		b.Secret(secret)
	}
	return &own
}

// unseen counts the instances that are not seen.
type unseen struct {
	standings map[inventory.Standing]int
	unread    int
}

func (u *unseen) note(standing inventory.Standing, p *part) {
	if u.standings == nil {
		u.standings = map[inventory.Standing]int{}
	}
	if standing != inventory.Reports {
		u.standings[standing]++
	}
	if p.unread {
		u.unread++
	}
}

// sentences say what is not seen on VMs.
func (u *unseen) sentences(v *fleet.View) (all []string) {
	switch {
	case v == nil:
		return []string{"no agent reports to the hub: it does not see what is on VMs"}
	case !v.Known():
		all = append(all, "no Director tells the hub which VMs there are: a VM whose agent has never reported is not seen")
	}
	var parts []string
	total := 0
	for _, standing := range []inventory.Standing{inventory.Silent, inventory.Missing, inventory.Stopped, inventory.Ignored} {
		if n := u.standings[standing]; n > 0 {
			parts, total = append(parts, fmt.Sprintf("%d %s", n, standing)), total+n
		}
	}
	if total > 0 {
		all = append(all, fmt.Sprintf("%s not seen now (%s): only their last reports are known", count(total, "instance is", "instances are"), strings.Join(parts, ", ")))
	}
	if u.unread > 0 {
		all = append(all, fmt.Sprintf("the stored reports of %s cannot be read: the next report of each agent replaces it", count(u.unread, "instance", "instances")))
	}
	return all
}

func count(n int, one, many string) string {
	return fmt.Sprintf("%d %s", n, map[bool]string{true: one, false: many}[n == 1])
}

// byKey orders instances as a survey does.
func byKey(a, b *fleet.Instance) int { return cmp.Compare(a.Key, b.Key) }
