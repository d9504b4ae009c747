package terminal

import (
	"net/netip"
	"slices"
	"strings"

	"cert-health/internal/report"
)

// label names a certificate for people. Names that several certificates share, and names that
// say nothing, such as clientName, have something beside them.
type label struct {
	name   string
	own    string // an alternative name that tells it apart
	beside string // what tells it apart without such a name
}

func (l label) String() string { return strings.TrimSpace(l.name + " " + l.detail()) }

// detail is what stands beside the name.
func (l label) detail() string {
	if l.own != "" {
		return "(" + l.own + ")"
	}
	return l.beside
}

// fitted is the label for a column of so many columns. If it does not fit, the alternative name
// stands alone. Without one, the name is cut first: the text beside it tells two certificates apart.
func (l label) fitted(width int) string {
	switch {
	case columnsOf(l.String()) <= width || l.detail() == "":
		return l.String()
	case l.own != "":
		return l.own
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
	for _, list := range sharing {
		for i, l := range labelsOf(list) {
			all[list[i].Fingerprint] = label{report.Printable(l.name), report.Printable(l.own), report.Printable(l.beside)}
		}
	}
	return all
}

// labelsOf are the labels of certificates that share a name. Beside it stands an alternative name
// that no other has, or else the issuer if that tells the rest apart, or else the fingerprint.
func labelsOf(list []*report.Certificate) []label {
	if len(list) == 1 {
		return []label{{name: list[0].Name, own: telling(list[0])}}
	}
	issuers := map[string]int{} // of those without a name of their own
	for _, c := range list {
		if ownName(c, list) == "" {
			issuers[c.Issuer]++
		}
	}
	labels := make([]label, len(list))
	for i, c := range list {
		labels[i] = label{name: c.Name, own: ownName(c, list)}
		switch {
		case labels[i].own != "":
		case len(issuers) > 1 && !repeated(issuers):
			labels[i].beside = "(by " + shortDN(c.Issuer) + ")"
		default:
			labels[i].beside = fingerprintOf(c)
		}
	}
	return labels
}

func repeated(counts map[string]int) bool {
	for _, n := range counts {
		if n > 1 {
			return true
		}
	}
	return false
}

// telling is an alternative name for a certificate whose name alone says little: it is neither a
// host name nor one of the alternative names.
func telling(c *report.Certificate) string {
	if strings.ContainsAny(c.Name, ".=") || slices.Contains(c.SANs, c.Name) {
		return ""
	}
	return ownName(c, nil)
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
