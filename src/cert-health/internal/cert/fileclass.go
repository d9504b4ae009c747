package cert

// FileClass is what a file belongs to. It decides whether its certificates are compared
// with a source, and how their expiry is judged.
type FileClass string

// The classes. There are no others.
const (
	JobFile      FileClass = ""         // belongs to a job: compared with a source
	VMFile       FileClass = "vm"       // belongs to the VM; no source holds it
	AgentFile    FileClass = "agent"    // bosh-agent's settings
	TrustFile    FileClass = "trust"    // the VM's trust store, one CA in each file
	IdentityFile FileClass = "identity" // an instance identity of a container, renewed daily
)
