package cert

import (
	"slices"
	"time"
)

// FileClass is what a file is to the VM: which of them are compared with the store, and how
// the end of a certificate in them is judged.
type FileClass string

// The classes, and no others.
const (
	JobFile      FileClass = ""         // a job's: compared with the store
	VMFile       FileClass = "vm"       // the VM's own, made by nobody's store
	AgentFile    FileClass = "agent"    // bosh-agent's settings
	TrustFile    FileClass = "trust"    // the VM's trust store, one CA in each file
	IdentityFile FileClass = "identity" // of a cell's containers, renewed by the day
)

// InstanceIdentities are short-lived certificates of one kind, judged all together.
type InstanceIdentities struct {
	Directory  string     // below which they stand, as the VM sees it
	Validities []Validity // one for each file
}

// InstanceIdentitiesDirectory is where the rep of a cell keeps those of its containers, each in a folder
// of its own.
const InstanceIdentitiesDirectory = "/var/vcap/data/rep/shared/garden/instance_identity"

// Validity is when a certificate is valid.
type Validity struct{ NotBefore, NotAfter time.Time }

// Ended counts those that are past their end, and says when the first of them ended.
func (i InstanceIdentities) Ended(now time.Time) (count int, first time.Time) {
	for _, life := range i.Validities {
		if !now.After(life.NotAfter) {
			continue
		}
		if count++; count == 1 || life.NotAfter.Before(first) {
			first = life.NotAfter
		}
	}
	return count, first
}

// Compared tells whether the certificate stands anywhere where it should be what a store
// holds.
func (d *Deployed) Compared() bool {
	return slices.ContainsFunc(d.Locations, func(l Location) bool { return l.Class == JobFile })
}
