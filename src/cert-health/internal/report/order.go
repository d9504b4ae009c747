package report

import (
	"cmp"
	"slices"
	"strings"

	"cert-health/internal/cert"
)

// LeafGeneration is the generation of each leaf. Chains of more CAs do not occur, and CAs that
// name each other as issuers must not be followed without end.
const LeafGeneration = 8

// Generations tells for each certificate, by fingerprint, how many CAs of the list are above it:
// 0 for a root, and LeafGeneration for each leaf. It follows names: an order needs no proof.
func Generations(certificates []Certificate) map[string]int {
	issuers := map[string]string{} // of each CA, by subject
	for i := range certificates {
		if c := &certificates[i]; c.Role != cert.Leaf && (issuers[c.Subject] == "" || c.Issuer != c.Subject) {
			issuers[c.Subject] = c.Issuer
		}
	}
	generations := make(map[string]int, len(certificates))
	for i := range certificates {
		c := &certificates[i]
		generations[c.Fingerprint] = LeafGeneration
		if c.Role != cert.Leaf {
			generations[c.Fingerprint] = generation(c, issuers)
		}
	}
	return generations
}

func generation(c *Certificate, issuers map[string]string) int {
	count := 0
	for subject, issuer := c.Subject, c.Issuer; subject != issuer && count < LeafGeneration-1; count++ {
		above, known := issuers[issuer]
		if !known {
			break
		}
		subject, issuer = issuer, above
	}
	return count
}

// sort puts the certificates into their order: by severity, a CA before what it signed, then by
// the end of validity and by name.
func (r *Report) sort() {
	generations := Generations(r.Certificates)
	slices.SortStableFunc(r.Certificates, func(a, b Certificate) int {
		return cmp.Or(
			cmp.Compare(b.Worst(), a.Worst()),
			cmp.Compare(generations[a.Fingerprint], generations[b.Fingerprint]),
			a.NotAfter.Compare(b.NotAfter),
			strings.Compare(a.Name, b.Name),
			strings.Compare(a.Fingerprint, b.Fingerprint),
		)
	})
	slices.SortStableFunc(r.Problems, func(a, b Problem) int { return cmp.Compare(b.Severity, a.Severity) })
}
