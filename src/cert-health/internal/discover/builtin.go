package discover

import "cert-health/internal/cert"

// BuiltIn are the names of the built-in sets of the VM's own files.
func BuiltIn() []string { return []string{"agent", "trust", "identities"} }

// Own are the files of a built-in set; none for an unknown name.
//
// bosh-agent keeps its settings in the second directory if env.bosh.agent.settings.tmpfs is
// set. It fills the trust store with the Director's trusted certificates. The rep makes the
// identities, in a directory for each container.
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
