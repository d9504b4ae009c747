package discover

import "cert-health/internal/cert"

// BuiltIn names the sets of the VM's own files that are known.
func BuiltIn() []string { return []string{"agent", "trust", "identities"} }

// Own are the files of one of them; none for a name that is not known.
//
// bosh-agent keeps its settings in the second folder where env.bosh.agent.settings.tmpfs
// is set. The trust store is what it makes of the Director's trusted certificates. The
// last one is the rep's, which makes a folder for each container.
func Own(name string) []Extra {
	switch name {
	case "agent":
		return []Extra{
			{Glob: "/var/vcap/bosh/{settings,update_settings}.json", Class: cert.AgentFile},
			{Glob: "/var/vcap/bosh/settings/{settings,update_settings}.json", Class: cert.AgentFile},
		}
	case "trust":
		return []Extra{{Glob: "/usr/local/share/ca-certificates/bosh-trusted-cert-*.crt", Class: cert.TrustFile}}
	case "identities":
		return []Extra{{Glob: cert.InstanceIdentitiesDirectory + "/*/instance.crt", Class: cert.IdentityFile}}
	}
	return nil
}
