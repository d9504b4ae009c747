package explain

import (
	"fmt"

	"cert-health/internal/knowledge"
	"cert-health/internal/verdict"
)

// steps are what to do about a case.
func (x *index) steps(c *Case) []verdict.Step {
	switch {
	case c.Fault == knowledge.NotTLS:
		return []verdict.Step{verdict.Do("compare the ports and the protocols of both sides; the certificates are not the cause")}
	case len(c.Suspects) == 0:
		return x.search(c)
	}
	s := c.Suspects[0]
	switch c.Fault {
	case knowledge.UnknownCA:
		return x.trustSteps(c, s)
	case knowledge.Expired, knowledge.NotYetValid, knowledge.Refused, knowledge.NoCertificate, "":
		if !s.Proven {
			return append(x.doubt(c), x.look(c)...)
		}
		return x.replace(s)
	}
	return append(append([]verdict.Step{verdict.Do("issue it again with what is wrong put right%s", inStore(s))}, x.inStores("reissue", s)...), x.deploy(s)...)
}

// replace are the steps that bring a valid successor of an expired certificate.
func (x *index) replace(s *Suspect) (steps []verdict.Step) {
	switch {
	case s.CA:
		return x.replaceCA(s)
	case s.InMemory > 0 && len(s.Where) == 0:
		return x.restart(s)
	case s.Outdated:
		return x.deploy(s)
	}
	if steps = x.inStores("renew", s); len(steps) == 0 {
		steps = []verdict.Step{verdict.Do("renew it%s", inStore(s))}
	}
	return append(steps, x.deploy(s)...)
}

// replaceCA does the same for a CA. A renewal keeps its key, so that what it has signed stays valid.
func (x *index) replaceCA(s *Suspect) []verdict.Step {
	renewal := x.inStores("renew", s)
	switch {
	case s.Outdated:
		return x.deploy(s)
	case len(renewal) == 0:
		return []verdict.Step{verdict.Do("renew this CA with its key%s, and deploy everything that trusts it; or rotate it: both ends must know the new one before the old one is removed", inStore(s))}
	}
	return append(renewal, x.deploy(s)...)
}

// inStores are the commands that make a successor in the store of a certificate, if it has such commands.
func (x *index) inStores(verb string, s *Suspect) []verdict.Step {
	if len(s.Store) != 1 {
		return nil
	}
	switch held := s.Store[0]; {
	case held.Store == "Vault" && (held.key == "" || held.key == "certificate"):
		return []verdict.Step{verdict.Run("cert-health", "x509", verb, held.Path)}
	case held.Store == "CredHub" && !s.CA:
		return []verdict.Step{verdict.Run("cert-health", "x509", verb, "--source", "credhub", held.Path)}
	}
	return nil
}

func inStore(s *Suspect) string {
	if len(s.Store) == 0 {
		return " at its issuer, in the secret store or variables file from which the manifest takes it"
	}
	return fmt.Sprintf(" in %s: %s", orWord(s.Store[0].Store, "its store"), s.Store[0].Path)
}

// deploy are the steps that bring what a store holds to the instances. Only a deploy does.
func (x *index) deploy(s *Suspect) (steps []verdict.Step) {
	steps = append(steps, verdict.Do("merge the manifest anew, then:"))
	var deployments, groups []string
	for _, w := range s.Where {
		deployments, groups = appendNew(deployments, w.Deployment), appendNew(groups, w.Group)
	}
	for _, d := range deployments {
		steps = append(steps, verdict.Run("bosh", "-d", d, "deploy", "MANIFEST"))
	}
	if len(deployments) == 0 {
		return []verdict.Step{verdict.Do("deploy, so that every place gets the new one")}
	}
	if job := drains(s); job != "" && s.Proven {
		steps = append(steps, verdict.Do("if the deploy hangs in bin/drain of %s, which uses this certificate, cancel it and repeat it with --skip-drain=%s", job, groups[0]))
	}
	return steps
}

// drains is the job whose drain script is known to use a certificate.
func drains(s *Suspect) string {
	if s.Variable == "diego_rep_agent_v2" {
		return "rep"
	}
	return ""
}

// restart makes processes load the files that they have not read since.
func (x *index) restart(s *Suspect) []verdict.Step {
	return []verdict.Step{verdict.Do("the files have another one, which processes have not loaded: restart these, with bosh restart GROUP/ID for each instance that cert-health scan names")}
}

// doubt says that no suspect has the fault of the words.
func (x *index) doubt(c *Case) []verdict.Step {
	if c.Suspects[0].Proven {
		return nil
	}
	return []verdict.Step{verdict.Do("none of these has such a fault now: a process may still use an older one, or the fault is over; compare the time of the last line")}
}

// look says where the real words are.
func (x *index) look(c *Case) (steps []verdict.Step) {
	if look := c.groups[0].Symptom.Look; look != "" {
		steps = append(steps, verdict.Do("explain another log too, which has the cause: %s", look))
	}
	return steps
}

// search says how to find a certificate of which nothing is known but the words.
func (x *index) search(c *Case) []verdict.Step {
	steps := x.look(c)
	switch {
	case x.survey == nil && !c.End.IsZero():
		steps = append(steps, verdict.Do("find the certificate that ends at %s: run cert-health explain again with reports of the VMs (--report FILE|DIR), with a hub (cert-health login https://HUB), or on the VM itself", seconds(c.End)))
	case x.survey == nil:
		steps = append(steps, verdict.Do("run cert-health explain again with reports of these VMs (--report FILE|DIR), with a hub (cert-health login https://HUB), or on the VM itself"))
	case !c.End.IsZero():
		steps = append(steps, verdict.Do("no certificate that is known ends at %s: it is on a machine whose report is missing, or it was replaced since", seconds(c.End)))
	default:
		steps = append(steps, verdict.Do("no certificate that is known has this fault now: look at the other side's log of the same time, which says more"))
	}
	return steps
}
