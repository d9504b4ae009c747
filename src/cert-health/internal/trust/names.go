package trust

import (
	"net/netip"
	"strings"

	"cert-health/internal/knowledge"
	"cert-health/internal/strict"
	"cert-health/internal/survey"
)

// manyNames is the number of names from which on a report may have left some out.
const manyNames = 100

// hasName tells whether a certificate has one of the names for which a client asks.
func hasName(c *survey.Certificate, names []string, stack knowledge.Stack) answer {
	if len(names) == 0 {
		return unclear
	}
	for _, name := range names {
		for _, own := range c.SANs {
			if covers(own, name, stack) {
				return yes
			}
		}
	}
	switch {
	case len(c.SANs) >= manyNames:
		return unclear
	case len(c.SANs) == 0 && stack != knowledge.Go && hasCommonName(c, names):
		return yes // libraries other than Go's look at the common name of a certificate without other names
	}
	return no
}

func hasCommonName(c *survey.Certificate, names []string) bool {
	if !strings.Contains(c.Subject, "CN="+c.Name) {
		return false
	}
	for _, name := range names {
		if covers(c.Name, name, knowledge.OpenSSL) {
			return true
		}
	}
	return false
}

// covers tells whether a name of a certificate is that for which a client asks. A name with * that is asked
// for is a glob. OpenSSL accepts no wildcard above a single label, such as *.internal.
func covers(own, asked string, stack knowledge.Stack) bool {
	own, asked = strings.ToLower(strings.TrimSuffix(own, ".")), strings.ToLower(strings.TrimSuffix(asked, "."))
	if strings.Contains(asked, "*") {
		return strict.Match(asked, own)
	}
	if address, err := netip.ParseAddr(asked); err == nil {
		other, err := netip.ParseAddr(own)
		return err == nil && address.Unmap() == other.Unmap()
	}
	if own == asked {
		return own != ""
	}
	domain, wildcard := strings.CutPrefix(own, "*.")
	first, rest, dotted := strings.Cut(asked, ".")
	return wildcard && dotted && first != "" && rest == domain && (stack != knowledge.OpenSSL || strings.Contains(domain, "."))
}
