package web

import (
	"fmt"
	"time"

	"cert-health/hub/internal/catalog"
	"cert-health/hub/internal/fleet"
	"cert-health/hub/internal/inventory"
	"cert-health/internal/verdict"
)

// heardWords say whether a VM is seen, and what that means.
func heardWords(i *fleet.Instance, now time.Time) string {
	last := "its agent has never reported"
	switch {
	case i.LastSeen.IsZero():
	case i.LastSeen.Sub(now) > inventory.SetBack:
		last = "the last sign of its agent came before the clock of the hub was set back"
	default:
		last = "the last sign of its agent came " + relative(now, i.LastSeen)
	}
	switch i.Standing {
	case inventory.Reports:
		return fmt.Sprintf("Its agent reports: %s.", last)
	case inventory.Silent:
		return fmt.Sprintf("Its agent no longer reports: %s. What you see is of that time, and is not counted as current.", last)
	case inventory.Missing:
		return "The Director lists it, and its agent has never reported. The hub does not know what is on it."
	case inventory.Stopped:
		return fmt.Sprintf("It is stopped (bosh stop): %s. When it starts, it starts with what its files hold then.", last)
	case inventory.Ignored:
		return fmt.Sprintf("It is ignored (bosh ignore): no deploy brings it a new certificate, and %s.", last)
	}
	return fmt.Sprintf("The Director no longer lists it: %s. It leaves this list after seven days.", last)
}

// standingSteps are what to do so that a VM is seen again.
func standingSteps(i *fleet.Instance) []verdict.Step {
	bosh := func(arguments ...string) verdict.Step {
		return verdict.Run(append([]string{"bosh", "-d", i.Deployment}, arguments...)...)
	}
	ask := bosh("ssh", i.Slug(), "-c", "sudo /var/vcap/jobs/cert-health/bin/cert-health status")
	switch i.Standing {
	case inventory.Silent:
		return []verdict.Step{bosh("instances", "--ps"), verdict.Do("if the VM runs, see what its agent says:"), ask}
	case inventory.Missing:
		return []verdict.Step{verdict.Do("deploy %s, so that it gets the job cert-health with manifests/operations/hub.yml", i.Deployment),
			verdict.Do("if it has the job already, see what its agent says:"), ask}
	case inventory.Stopped:
		return []verdict.Step{verdict.Do("if it may run again:"), bosh("start", i.Slug())}
	case inventory.Ignored:
		return []verdict.Step{verdict.Do("if deploys may change it again:"), bosh("unignore", i.Slug())}
	}
	return nil
}

func instanceWash(i *fleet.Instance) string {
	switch {
	case i.Standing == inventory.Missing || i.Standing == inventory.Silent:
		return string(catalog.ExpiringSoon)
	case !i.Seen():
		return string(catalog.Unverified)
	}
	return washOf(i.Severity)
}

// factsOf are what is known of a VM besides its certificates.
func factsOf(v *fleet.View, i *fleet.Instance) (list []fact) {
	in := addressOf("/instances", "deployment", i.Deployment)
	list = append(list, fact{Name: "Deployment", Value: i.Deployment, URL: in},
		fact{Name: "Instance group", Value: i.Group, URL: addressOf("/instances", "deployment", i.Deployment, "group", i.Group)},
		fact{Name: "ID", Value: i.ID, Path: true})
	if i.AZ != "" {
		list = append(list, fact{Name: "AZ", Value: i.AZ, URL: addressOf("/instances", "deployment", i.Deployment, "az", i.AZ)})
	}
	if i.Address != "" {
		list = append(list, fact{Name: "Address", Value: i.Address, Path: true})
	}
	for _, when := range []struct {
		name string
		at   time.Time
	}{{"Last heard", i.LastSeen}, {"Last scan", i.Scanned}, {"Report received", i.Received}, {"First report", i.First}, {"Not listed since", i.Gone}} {
		if !when.at.IsZero() {
			list = append(list, fact{Name: when.name, At: agoOf(v.Now(), when.at)})
		}
	}
	return list
}
