package terminal

import (
	"net/netip"
	"slices"
	"strings"

	"cert-health/internal/report"
)

// label names a certificate for people. Names that several certificates share, and names that
// say nothing, such as clientName, have something beside them.
type label struct{ name, beside string }

func (l label) String() string { return strings.TrimSpace(l.name + " " + l.beside) }

// fitted is the label in at most width columns. The name is cut first: the text beside it tells
// two certificates apart.
func (l label) fitted(width int) string {
	if columnsOf(l.String()) <= width || l.beside == "" {
		return l.String()
	}
	const least = 6 // columns of the name
	beside := strings.TrimRight(fit{width: min(columnsOf(l.beside), width-least-1)}.apply(l.beside), " ")
	return strings.TrimRight(fit{width: width - columnsOf(beside) - 1}.apply(l.name), " ") + " " + beside
}

// fingerprintBeside is the length of a fingerprint's beginning, in hex digits.
const fingerprintBeside = 8

func fingerprintOf(c *report.Certificate) string {
	return "[" + c.Fingerprint[:min(fingerprintBeside, len(c.Fingerprint))] + "]"
}

// labels returns the labels of certificates, by fingerprint.
func labels(certificates []report.Certificate) map[string]label {
	sharing := map[string][]*report.Certificate{}
	for i := range certificates {
		c := &certificates[i]
		sharing[c.Name] = append(sharing[c.Name], c)
	}
	all := make(map[string]label, len(certificates))
	for name, list := range sharing {
		for i, beside := range besides(list) {
			all[list[i].Fingerprint] = label{report.Printable(name), report.Printable(beside)}
		}
	}
	return all
}

// besides is what stands beside the name of certificates that share it: an alternative name that
// no other has, or else the issuer if that tells the rest apart, or else the fingerprint.
func besides(list []*report.Certificate) []string {
	if len(list) == 1 {
		return []string{telling(list[0])}
	}
	issuers := map[string]int{} // of those without a name of their own
	for _, c := range list {
		if ownName(c, list) == "" {
			issuers[c.Issuer]++
		}
	}
	texts := make([]string, len(list))
	for i, c := range list {
		switch own := ownName(c, list); {
		case own != "":
			texts[i] = parenthesized(own)
		case len(issuers) > 1 && !repeated(issuers):
			texts[i] = parenthesized("by " + shortDN(c.Issuer))
		default:
			texts[i] = fingerprintOf(c)
		}
	}
	return texts
}

func repeated(counts map[string]int) bool {
	for _, n := range counts {
		if n > 1 {
			return true
		}
	}
	return false
}

func parenthesized(text string) string {
	if text == "" {
		return ""
	}
	return "(" + text + ")"
}

// telling is an alternative name for a certificate whose name alone says little: it is neither a
// host name nor one of the alternative names.
func telling(c *report.Certificate) string {
	if strings.ContainsAny(c.Name, ".=") || slices.Contains(c.SANs, c.Name) {
		return ""
	}
	return parenthesized(ownName(c, nil))
}

// ownName is the first alternative name of the certificate that none of the others has; empty
// without one. Addresses, and names of the local host, say nothing.
func ownName(c *report.Certificate, others []*report.Certificate) string {
	for _, name := range c.SANs {
		_, err := netip.ParseAddr(name)
		if err == nil || name == "localhost" || name == c.Name {
			continue
		}
		if !slices.ContainsFunc(others, func(o *report.Certificate) bool { return o != c && slices.Contains(o.SANs, name) }) {
			return name
		}
	}
	return ""
}

// shortDN is the most specific part of a distinguished name, without its attribute if that is CN.
func shortDN(name string) string { return strings.TrimPrefix(firstPart(name), "CN=") }
