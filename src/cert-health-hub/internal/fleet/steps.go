package fleet

import (
	"slices"

	"cert-health/internal/verdict"
)

// maxCommands bounds the commands for single instances or secrets. More are named by their number.
const maxCommands = 3

// next are the steps for certificates of one deployment that are in one state.
func (d *Deployment) next(rows []*Row, state State, affected []*Instance) []verdict.Step {
	switch state {
	case AwaitingRenewal:
		return append(renewals(rows), d.deploy(rows)...)
	case AwaitingDeploy, RolledBack:
		return slices.Concat(d.investigate(rows), d.deploy(rows))
	case AwaitingRestart:
		return d.restarts(rows, affected)
	case ByHand:
		return append([]verdict.Step{verdict.Do("to put the store's version back:")}, d.each("recreate", affected)...)
	case Unknown:
		return []verdict.Step{verdict.Do("write the certificate to %s again, or remove it from the manifest", rows[0].where())}
	}
	return nil
}

// where names the place of the row in its store.
func (r *Row) where() string {
	if r.Store == "" {
		return "the store"
	}
	return r.Store
}

// investigate looks after a deploy that is under way, or stands still. A second one would only wait for it.
func (d *Deployment) investigate(rows []*Row) []verdict.Step {
	r := d.Rollout
	if r == nil || r.At == "" || !slices.ContainsFunc(rows, func(row *Row) bool { return slices.Contains(r.Rows, row) }) {
		return nil
	}
	if !r.Stalled {
		return []verdict.Step{verdict.Do("if a deploy still runs, wait for its end:"), verdict.Run("bosh", "-d", d.Name, "tasks")}
	}
	return []verdict.Step{verdict.Do("find out why the deploy stopped at %s:", r.At), verdict.Run("bosh", "-d", d.Name, "tasks", "--recent")}
}

// deploy are the agent's steps, if it has some: it knows the command of the configuration.
func (d *Deployment) deploy(rows []*Row) []verdict.Step {
	for _, r := range rows {
		if steps := stepsOf(r.advice.deploy); steps != nil {
			return steps
		}
	}
	return []verdict.Step{
		{Do: "merge the manifest anew, then:", Stage: verdict.Deploying},
		{Run: []string{"bosh", "-d", d.Name, "deploy", "MANIFEST"}, Stage: verdict.Deploying},
	}
}

// renewals are the steps that renew the first certificates, and how many more there are.
func renewals(rows []*Row) (steps []verdict.Step) {
	for _, r := range rows[:min(len(rows), maxCommands)] {
		steps = append(steps, r.renew()...)
	}
	if more := len(rows) - maxCommands; more > 0 {
		steps = append(steps, verdict.Do("do the same for the other %s", count(more, "certificate")))
	}
	for i := range steps {
		steps[i].Stage = verdict.Renewing
	}
	return steps
}

// renew are the steps of the store if the hub knows it, or of the agent.
func (r *Row) renew() []verdict.Step {
	if s := r.truth.hub; s != nil {
		for _, g := range s.current {
			if len(g.renew) > 0 {
				return withoutDeploy(g.renew)
			}
		}
	}
	if steps := stepsOf(r.advice.renew); steps != nil {
		return steps
	}
	switch {
	case r.StoreTitle == "Vault" && r.Key == "certificate":
		return []verdict.Step{verdict.Run("cert-health", "x509", "renew", r.Store)}
	case r.StoreTitle == "CredHub":
		return []verdict.Step{verdict.Run("credhub", "regenerate", "-n", r.Store)}
	case r.Store != "":
		return []verdict.Step{verdict.Do("make a successor of %s and write it to the key %q of %s", r.Name, r.Key, r.Store)}
	}
	return []verdict.Step{verdict.Do("renew %s where the manifest takes it from", r.Name)}
}

// withoutDeploy leaves out the catalog's word that something must be deployed: the fleet's own follows.
func withoutDeploy(steps []verdict.Step) []verdict.Step {
	kept := slices.Clone(steps)
	if last := len(kept) - 1; last > 0 && kept[last].Do == "deploy the deployments that use it" {
		kept = kept[:last]
	}
	return kept
}

// restarts restart the jobs of instances: of a whole group with one command.
func (d *Deployment) restarts(rows []*Row, affected []*Instance) []verdict.Step {
	steps := d.each("restart", affected)
	if len(affected) == 1 && len(rows) == 1 && rows[0].older != "" {
		steps = append(steps, verdict.Do("or run `monit restart %s` on it", rows[0].older))
	}
	return steps
}

// each is a command of the BOSH CLI for each instance, or for a whole group.
func (d *Deployment) each(command string, affected []*Instance) (steps []verdict.Step) {
	for group, some := range byGroup(affected) {
		if g := d.group(group); g != nil && len(some) > 1 && len(some) == g.Instances {
			steps = append(steps, verdict.Run("bosh", "-d", d.Name, command, group))
			affected = slices.DeleteFunc(slices.Clone(affected), func(i *Instance) bool { return i.Group == group })
		}
	}
	slices.SortFunc(steps, func(a, b verdict.Step) int { return slices.Compare(a.Run, b.Run) })
	for _, i := range affected[:min(len(affected), maxCommands)] {
		steps = append(steps, verdict.Run("bosh", "-d", d.Name, command, i.Slug()))
	}
	if more := len(affected) - maxCommands; more > 0 {
		steps = append(steps, verdict.Do("do the same for the other %s", count(more, "instance")))
	}
	return steps
}

func byGroup(instances []*Instance) map[string][]*Instance {
	groups := map[string][]*Instance{}
	for _, i := range instances {
		groups[i.Group] = append(groups[i.Group], i)
	}
	return groups
}

func (d *Deployment) group(name string) *Group {
	for _, g := range d.Groups {
		if g.Name == name {
			return g
		}
	}
	return nil
}
