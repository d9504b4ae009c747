package verdict

import (
	"path"

	"cert-health/internal/cert"
)

// bundleAt names what a certificate stands in together with others: a file, or the VM's
// trust store, in which each certificate has a file of its own.
func bundleAt(class cert.FileClass, file string) string {
	if class == cert.TrustFile {
		return path.Dir(file)
	}
	return file
}

// ownConsequence says what breaks while one of the VM's own certificates is not valid;
// empty for the certificate of a job.
func (s subject) ownConsequence() string {
	switch {
	case s.at.Class == cert.TrustFile:
		return "programs on this VM refuse every certificate that it signed"
	case s.at.Class != cert.AgentFile:
		return ""
	case s.CA:
		return "bosh-agent refuses the Director's NATS at its next connection, and the Director then sees an unresponsive agent"
	case s.ServerAuth():
		return "bosh create-env refuses the bosh-agent of this VM"
	}
	return "the Director's NATS refuses bosh-agent at its next connection, and the Director then sees an unresponsive agent"
}

// renewOwn are the steps that renew one of the VM's own certificates, which no deploy
// brings from a source; none for the certificate of a job.
func (j *judge) renewOwn(s subject) []Step {
	recreate := j.recreate()
	if !valid(s.Certificate, j.facts.Now) {
		recreate = j.recreate("--fix") // the agent may be unresponsive already
	}
	switch {
	case s.at.Class == cert.TrustFile:
		return append([]Step{Do("replace it in the Director's trusted_certs, or remove it there")}, j.deploy()...)
	case s.at.Class == cert.VMFile && j.selfSigned(s.Certificate):
		return []Step{Do("renew %s where it was made (it is self-signed)", s.at.Place())}
	case s.at.Class == cert.VMFile:
		return []Step{Do("renew %s at its issuer (%s)", s.at.Place(), s.Issuer)}
	case s.at.Class != cert.AgentFile:
		return nil
	case s.CA:
		return append([]Step{Do("rotate the CA of the Director's NATS")}, recreate...)
	case s.ServerAuth():
		return []Step{Do("make a new certificate for cloud_provider in the Director's manifest"), Run("bosh", "create-env")}
	}
	return append([]Step{Do("have the Director issue a new certificate:")}, recreate...)
}
