package explain

import (
	"slices"
	"strings"

	"cert-health/internal/verdict"
)

// trustSteps are what to do if one side does not know the CA of the other: mostly, one of them is not deployed yet.
func (x *index) trustSteps(c *Case, s *Suspect) []verdict.Step {
	steps := x.doubt(c)
	if jobs := c.parts.judge.jobs; len(jobs) > 0 && s.Proven {
		var groups []string
		for _, i := range x.lacking(x.byFingerprint(s.Fingerprint), jobs) {
			groups = appendNew(groups, i.Group)
		}
		steps = append(steps, verdict.Do("%s of %s does not have the CA of this certificate in its files: add the CA to what it trusts, and deploy it", strings.Join(jobs, ", "), listed(groups, " and ")))
		return append(steps, x.deployGroups(groups)...)
	}
	if s.Outdated {
		return append([]verdict.Step{verdict.Do("the store holds a newer one, which was not deployed here: a rotation of the CA may be half done")}, x.deploy(s)...)
	}
	return append(steps, verdict.Do("deploy the side that has the older CA or certificate: a rotation of the CA is half done"))
}

func (x *index) deployGroups(groups []string) (steps []verdict.Step) {
	var deployments []string
	for _, i := range x.survey.Instances {
		if slices.Contains(groups, i.Group) {
			deployments = appendNew(deployments, i.Deployment)
		}
	}
	for _, d := range deployments {
		steps = append(steps, verdict.Run("bosh", "-d", d, "deploy", "MANIFEST"))
	}
	return steps
}
