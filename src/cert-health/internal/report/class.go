package report

import (
	"slices"

	"cert-health/internal/cert"
)

// Comparable tells whether the certificate stands anywhere where it should be what the
// reference holds: what is the VM's own everywhere has none.
func (c *Certificate) Comparable() bool {
	return slices.ContainsFunc(c.Locations, func(l Location) bool { return l.Class == cert.JobFile })
}
