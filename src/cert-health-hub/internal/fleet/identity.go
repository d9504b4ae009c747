package fleet

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"cert-health/internal/cert"
	"cert-health/internal/report"
)

// identityOf is what a renewal keeps of a certificate, as far as a report tells it: CA or leaf, subject,
// alternative names and usages.
func identityOf(ca bool, subject string, sans, usages []string) string {
	names := make([]string, len(sans))
	for i, name := range sans {
		names[i] = strings.ToLower(name)
	}
	slices.Sort(names)
	sum := sha256.New()
	for _, list := range [][]string{{strconv.FormatBool(ca), subject}, names, slices.Sorted(slices.Values(usages))} {
		for _, field := range append([]string{strconv.Itoa(len(list))}, list...) {
			sum.Write([]byte(strconv.Itoa(len(field)) + ":" + field))
		}
	}
	return hex.EncodeToString(sum.Sum(nil)[:16])
}

// certificateIdentity is that of a certificate of a store.
func certificateIdentity(c *cert.Certificate) string {
	return identityOf(c.CA, c.Subject, c.SANs, c.ExtKeyUsage)
}

// reportIdentity is that of a certificate in a report. One in the files of the VM itself, such as
// bosh-agent's, may have other names on each VM: its place identifies it.
func reportIdentity(c *report.Certificate) string {
	if l := c.Locations[0]; c.Role == cert.Leaf && !c.Comparable() && (l.Class == cert.AgentFile || l.Class == cert.IdentityFile || l.Class == cert.VMFile) {
		return "place " + string(l.Class) + " " + l.File + " " + l.Alias
	}
	return identityOf(c.Role != cert.Leaf, c.Subject, c.SANs, c.Usages)
}
