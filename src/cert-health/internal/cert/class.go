package cert

import (
	"slices"
	"time"
)

// Class is what a file is to the VM: which of them are compared with the store, and how
// the end of a certificate in them is judged.
type Class string

// The classes, and no others.
const (
	JobFile      Class = ""         // a job's: compared with the store
	VMFile       Class = "vm"       // the VM's own, made by nobody's store
	AgentFile    Class = "agent"    // bosh-agent's settings
	TrustFile    Class = "trust"    // the VM's trust store, one CA in each file
	IdentityFile Class = "identity" // of a cell's containers, renewed by the day
)

// Identities are short-lived certificates of one kind, judged all together.
type Identities struct {
	Folder string // below which they stand, as the VM sees it
	Lives  []Life // one for each file
}

// RepIdentities is where the rep of a cell keeps those of its containers, each in a folder
// of its own.
const RepIdentities = "/var/vcap/data/rep/shared/garden/instance_identity"

// Life is when a certificate is valid.
type Life struct{ NotBefore, NotAfter time.Time }

// Ended counts those that are past their end, and says when the first of them ended.
func (i Identities) Ended(now time.Time) (count int, first time.Time) {
	for _, life := range i.Lives {
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
