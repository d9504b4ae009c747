package fleet

import (
	"time"

	"cert-health/hub/internal/inventory"
	"cert-health/internal/verdict"
)

// unseen are the troubles of instances that are not seen.
func (d *Deployment) unseen(now time.Time) (all []*Trouble) {
	for _, standing := range []inventory.Standing{inventory.Silent, inventory.Missing} {
		n := d.Standings[standing]
		if n == 0 {
			continue
		}
		var who []*Instance
		last := time.Time{}
		for _, i := range d.list {
			if i.Standing == standing {
				who = append(who, i)
				if last.IsZero() || i.LastSeen.Before(last) {
					last = i.LastSeen
				}
			}
		}
		all = append(all, d.silence(standing, who, last, now))
	}
	return all
}

func (d *Deployment) silence(standing inventory.Standing, who []*Instance, last, now time.Time) *Trouble {
	e := extent{deployment: d.Name, affected: len(who), of: d.Instances, first: who[0].Name(), groups: []string{"", ""}}
	t := &Trouble{Deployment: d.Name, Standing: standing, Severity: verdict.Warning, Instances: len(who), Of: d.Instances}
	where := e.String()
	if len(who) == 1 {
		where = who[0].Name() + " of " + d.Name
	}
	verb := func(one, many string) string {
		if len(who) == 1 {
			return one
		}
		return many
	}
	if standing == inventory.Missing {
		t.Sentence = where + verb(" has", " have") + " never reported"
		t.Why = "the Director lists " + verb("it", "them") + ", and no agent there has sent a report"
	} else {
		t.Sentence = where + verb(" is", " are") + " silent; " + verb("it", "the first") + " was last heard of " + heard(last, now)
		t.Why = "what " + verb("it has", "they have") + " now is not known, and is not counted"
	}
	t.Next = []verdict.Step{
		verdict.Run("bosh", "-d", d.Name, "instances", "--ps"),
		verdict.Do("if cert-health runs on %s, ask its agent:", who[0].Name()),
		verdict.Run("bosh", "-d", d.Name, "ssh", who[0].Slug(), "-c", "sudo /var/vcap/jobs/cert-health/bin/cert-health status"),
	}
	return t
}

// heard says when an instance was heard.
func heard(last, now time.Time) string {
	if last.After(now) {
		return "before the clock of the hub was set back"
	}
	return verdict.Relative(last, now)
}
