package verdict

import (
	"slices"
	"strings"

	"cert-health/internal/cert"
)

// manifestWord stands for the name of the manifest, which no VM knows.
const manifestWord = "MANIFEST"

// onBOSH tells whether this machine is known to be a VM of a deployment.
func (j *judge) onBOSH() bool { return j.facts.Deployment != "" }

// deploy are the steps that bring what the source holds to this VM. The BOSH CLI needs the
// manifest. `bosh manifest` returns the manifest of the last deploy, which has the old values
// if values of the source are merged into it.
func (j *judge) deploy() []Step {
	switch {
	case !j.onBOSH():
		return at(Deploying, Do("put the new files in place, and restart the programs that use them"))
	case len(j.facts.DeployCommand) > 0:
		return at(Deploying, Run(j.facts.DeployCommand...))
	}
	return at(Deploying, Do("merge the manifest anew, then:"), j.bosh("deploy", manifestWord))
}

// recreate makes a new VM with files that are rendered anew, from the values of the last
// deploy: it brings no new version of a variable.
func (j *judge) recreate(flags ...string) []Step {
	if !j.onBOSH() {
		return at(Deploying, Do("put the original file in place again, and restart the programs that use it"))
	}
	return at(Deploying, j.onInstance("recreate", flags...))
}

func (j *judge) restart() []Step {
	if !j.onBOSH() {
		return at(Restarting, Do("restart the programs that use them"))
	}
	return at(Restarting, j.onInstance("restart"))
}

// onInstance is a command of the BOSH CLI about this VM.
func (j *judge) onInstance(command string, flags ...string) Step {
	arguments := []string{command}
	if j.facts.Instance != "" {
		arguments = append(arguments, j.facts.Instance)
	}
	return j.bosh(append(arguments, flags...)...)
}

func (j *judge) bosh(arguments ...string) Step {
	return Run(slices.Concat([]string{"bosh", "-d", j.facts.Deployment}, arguments)...)
}

// ifDeployHangs warns of drain scripts: a deploy runs the script of the old version, with the
// old certificate, and waits for its end.
func (j *judge) ifDeployHangs(s subject) []Step {
	group, _, _ := strings.Cut(j.facts.Instance, "/")
	drained := func(l cert.Location) bool { return l.Job != "" && slices.Contains(j.facts.Drains, l.Job) }
	if !j.onBOSH() || group == "" || !slices.ContainsFunc(s.locations, drained) {
		return nil
	}
	return at(Deploying, Do("if the deploy hangs in bin/drain of %s, which may use an expired certificate, cancel it and repeat it with --skip-drain=%s",
		list(j.drainsWithExpired()), group))
}

// drainsWithExpired are the jobs that have a drain script and an expired certificate.
func (j *judge) drainsWithExpired() []string {
	if j.drained == nil {
		j.drained = j.findDrains()
	}
	return j.drained
}

func (j *judge) findDrains() []string {
	jobs := []string{}
	for _, d := range j.facts.Deployed {
		if !d.Certificate.NotAfter.Before(j.facts.Now) {
			continue
		}
		for _, l := range d.Locations {
			if slices.Contains(j.facts.Drains, l.Job) && !slices.Contains(jobs, l.Job) {
				jobs = append(jobs, l.Job)
			}
		}
	}
	slices.Sort(jobs)
	return jobs
}
