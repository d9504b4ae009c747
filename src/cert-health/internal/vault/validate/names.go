package validate

import (
	"net/netip"
	"slices"
	"strings"

	"cert-health/internal/cert"
)

// ValidFor tells whether a certificate is valid for a DNS name, an IP address, a mail address or a URI, as programs
// compare them: without regard to case, and a wildcard stands for one label at the beginning. The common name does
// not count.
func ValidFor(c *cert.Certificate, name string) bool {
	return slices.ContainsFunc(c.SANs, func(san string) bool { return matches(san, name) })
}

func matches(san, name string) bool {
	if address, err := netip.ParseAddr(name); err == nil {
		own, err := netip.ParseAddr(san)
		return err == nil && own.Unmap() == address.Unmap()
	}
	if strings.Contains(name, "://") || strings.Contains(san, "://") {
		return san == name
	}
	if user, domain, isMail := cutLast(name, "@"); isMail {
		own, at, isMail := cutLast(san, "@")
		return isMail && own == user && strings.EqualFold(at, domain)
	}
	san, name = strings.TrimSuffix(san, "."), strings.TrimSuffix(name, ".")
	if strings.EqualFold(san, name) {
		return true
	}
	// Some programs refuse a wildcard for a whole top-level domain: it counts for none.
	_, parent, below := strings.Cut(name, ".")
	pattern, isPattern := strings.CutPrefix(san, "*.")
	return isPattern && below && !strings.HasPrefix(name, "*.") && strings.Contains(pattern, ".") && strings.EqualFold(pattern, parent)
}

func cutLast(text, separator string) (before, after string, found bool) {
	at := strings.LastIndex(text, separator)
	if at < 0 {
		return text, "", false
	}
	return text[:at], text[at+len(separator):], true
}
