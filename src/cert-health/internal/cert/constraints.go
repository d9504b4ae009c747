package cert

import (
	"crypto/x509"
	"net"
	"net/netip"
	"slices"
	"strings"
)

// constraints are the DNS names and IP addresses for which a CA may sign. Other name
// constraints are not judged.
type constraints struct {
	count                     int // the lists are empty if this is more than MaxConstraints
	permittedDNS, excludedDNS []string
	permittedIPs, excludedIPs []netip.Prefix
}

// constraintsOf returns nil for a certificate without constraints, as nearly all are.
func constraintsOf(x *x509.Certificate) *constraints {
	return bounded(constraints{
		permittedDNS: x.PermittedDNSDomains, excludedDNS: x.ExcludedDNSDomains,
		permittedIPs: prefixes(x.PermittedIPRanges), excludedIPs: prefixes(x.ExcludedIPRanges),
	})
}

// bounded keeps no more constraints than are compared.
func bounded(c constraints) *constraints {
	c.count = max(c.count, len(c.permittedDNS)+len(c.excludedDNS)+len(c.permittedIPs)+len(c.excludedIPs))
	switch {
	case c.count == 0:
		return nil
	case c.count > MaxConstraints:
		return &constraints{count: c.count}
	}
	return &c
}

// Each name of a leaf is compared with each name constraint of a CA. Certificates with more names
// or constraints than these are not compared. Go programs refuse a chain that needs more than
// 250,000 comparisons.
const (
	MaxConstraints = 1_000
	MaxNames       = 1_000
)

// NameConstraints is the number of name constraints of a CA.
func (c *Certificate) NameConstraints() int {
	if c.constraints == nil {
		return 0
	}
	return c.constraints.count
}

// prefixes copies ranges, which are parts of the DER encoding: the reader uses that buffer
// again.
func prefixes(ranges []*net.IPNet) []netip.Prefix {
	var list []netip.Prefix
	for _, r := range ranges {
		if address, ok := netip.AddrFromSlice(r.IP); ok {
			ones, _ := r.Mask.Size()
			list = append(list, netip.PrefixFrom(address, ones).Masked())
		}
	}
	return list
}

// ForbiddenName returns the first name of the leaf that the CA's name constraints forbid. It
// is empty when there is none, or when it is not certain. Mail addresses, URIs, and wildcards
// that overlap with excluded names are not judged, nor are more than MaxNames or MaxConstraints.
func (c *Certificate) ForbiddenName(leaf *Certificate) string {
	if c.NameConstraints() == 0 || c.constraints.count > MaxConstraints || len(leaf.SANs) > MaxNames {
		return ""
	}
	for _, name := range leaf.SANs {
		if c.constraints.forbid(name) {
			return name
		}
	}
	return ""
}

func (c *constraints) forbid(name string) bool {
	if address, err := netip.ParseAddr(name); err == nil {
		within := func(p netip.Prefix) bool { return p.Contains(address) }
		return outside(c.permittedIPs, within, c.excludedIPs, within)
	}
	if strings.ContainsAny(name, "@:/") {
		return false
	}
	// Libraries disagree whether ".example.com" includes example.com itself. The reading that
	// forbids less is used.
	permitted := func(domain string) bool { return below(name, strings.TrimPrefix(domain, ".")) }
	excluded := func(domain string) bool {
		bare, dotted := strings.CutPrefix(domain, ".")
		return below(name, bare) && !(dotted && strings.EqualFold(name, bare))
	}
	return outside(c.permittedDNS, permitted, c.excludedDNS, excluded)
}

// outside tells whether a name is excluded, or is not permitted although something is.
func outside[T any](permitted []T, permits func(T) bool, excluded []T, excludes func(T) bool) bool {
	return slices.ContainsFunc(excluded, excludes) || len(permitted) > 0 && !slices.ContainsFunc(permitted, permits)
}

// below tells whether a DNS name is the domain itself, or below it.
func below(name, domain string) bool {
	name, domain = strings.ToLower(name), strings.ToLower(domain)
	return domain == "" || name == domain || strings.HasSuffix(name, "."+domain)
}
