package cert

import "time"

// InstanceIdentities are the instance identities in one directory. They live for a day, and
// are judged together.
type InstanceIdentities struct {
	Directory  string     // as the VM sees it
	Validities []Validity // one for each file
}

// InstanceIdentitiesDirectory is where the rep of a cell keeps the instance identities, each
// in a directory of its own.
const InstanceIdentitiesDirectory = "/var/vcap/data/rep/shared/garden/instance_identity"

// Validity is the time during which a certificate is valid.
type Validity struct{ NotBefore, NotAfter time.Time }

// Ended counts the identities that have expired, and returns when the first of them did.
func (i InstanceIdentities) Ended(now time.Time) (count int, first time.Time) {
	for _, validity := range i.Validities {
		if !now.After(validity.NotAfter) {
			continue
		}
		if count++; count == 1 || validity.NotAfter.Before(first) {
			first = validity.NotAfter
		}
	}
	return count, first
}
