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
	text := make([]byte, 0, 256)
	field := func(values ...string) {
		// The length precedes each value, so that different certificates never give the same bytes.
		text = append(strconv.AppendInt(text, int64(len(values)), 10), ';')
		for _, value := range values {
			text = append(append(strconv.AppendInt(text, int64(len(value)), 10), ':'), value...)
		}
	}
	field(strconv.FormatBool(ca), subject)
	field(names...)
	field(slices.Sorted(slices.Values(usages))...)
	if len(text) > longestIdentity {
		sum := sha256.Sum256(text)
		return hex.EncodeToString(sum[:])
	}
	return string(text)
}

// longestIdentity bounds what is kept of names. Longer ones are kept as a checksum.
const longestIdentity = 1024

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
