package verdict

import (
	"fmt"
	"path"
	"time"

	"cert-health/internal/cert"
)

// bundleAt names what a certificate stands in together with others: a file, or the VM's
// trust store, in which each has a file of its own.
func bundleAt(class cert.FileClass, file string) string {
	if class == cert.TrustFile {
		return path.Dir(file)
	}
	return file
}

// ownConsequence says who suffers of a certificate of the VM's own; empty for a job's.
func (s subject) ownConsequence() string {
	switch {
	case s.at.Class == cert.TrustFile:
		return "programs of this VM refuse everything that it signed"
	case s.at.Class != cert.AgentFile:
		return ""
	case s.CA:
		return "bosh-agent refuses the Director's NATS when it connects next, and the Director sees an unresponsive agent"
	case s.ServerAuth():
		return "bosh create-env refuses the bosh-agent of this VM"
	}
	return "the Director's NATS refuses bosh-agent when that connects next, and the Director sees an unresponsive agent"
}

// renewOwn says how the VM gets a successor, which no deploy brings from a store; empty
// for a job's.
func (j *judge) renewOwn(s subject) string {
	recreate := j.recreate()
	if !valid(s.Certificate, j.facts.Now) {
		recreate += " --fix" // the agent may be unresponsive already
	}
	switch {
	case s.at.Class == cert.TrustFile:
		return "replace it among the Director's trusted_certs, or take it out there, then " + j.deploy()
	case s.at.Class == cert.VMFile:
		return fmt.Sprintf("renew %s where it was made (%s)", s.at.Place(), issuer(s))
	case s.at.Class != cert.AgentFile:
		return ""
	case s.CA:
		return "rotate the CA of the Director's NATS, then " + recreate
	case s.ServerAuth():
		return "make a new certificate for cloud_provider in the Director's manifest, then bosh create-env"
	}
	return recreate + ", for which the Director issues a new one"
}

// JudgeInstanceIdentities weighs certificates that are made for a day by what they have left: they
// are renewed before their end, however near that is, so that only those count that are
// past it. One kind makes one trouble.
func JudgeInstanceIdentities(kinds []cert.InstanceIdentities, facts Facts) []Problem {
	j := judge{facts: facts}
	var troubles []Problem
	for _, kind := range kinds {
		if ended, oldest := kind.Ended(facts.Now); ended > 0 {
			troubles = append(troubles, j.identities(kind, ended, oldest))
		}
	}
	return troubles
}

func (j *judge) identities(kind cert.InstanceIdentities, ended int, oldest time.Time) Problem {
	t := Problem{
		Code: Expired, Severity: Error, About: "short-lived certificates", File: kind.Directory + "/",
		Message: fmt.Sprintf("%d of %d are past their end, the first ended %s: they are not renewed, and whoever checks them refuses them",
			ended, len(kind.Validities), j.when(oldest)),
		Next: "see why whoever makes them does not renew them",
	}
	if kind.Directory == cert.InstanceIdentitiesDirectory {
		t.About = "instance identities of containers"
		t.Message += ", gorouter among others"
		t.Next = "see whether the rep runs (monit summary), and in /var/vcap/sys/log/rep why it does not renew them; " +
			j.restart() + " makes new containers"
	}
	return t
}
