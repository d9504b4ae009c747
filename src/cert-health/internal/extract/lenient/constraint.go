package lenient

import (
	"net"
	"slices"

	"cert-health/internal/der"
)

// nameConstraints reads the constraints on DNS names and IP addresses. If one of them cannot be
// read, none counts: what a CA may sign is then not certain.
func (r *reader) nameConstraints(value elements) bool {
	body, ok := value.take(der.Sequence)
	permitted, _ := body.contents.take(der.Context0)
	excluded, _ := body.contents.take(tagField1)
	allowed, ok1 := readSubtrees(permitted.contents)
	denied, ok2 := readSubtrees(excluded.contents)
	if !ok || len(body.contents) > 0 {
		return false
	}
	if !ok1 || !ok2 {
		r.refuse(onlyGo, "its name constraints are malformed")
		return true
	}
	r.x.PermittedDNSDomains, r.x.PermittedIPRanges = allowed.domains, allowed.ranges
	r.x.ExcludedDNSDomains, r.x.ExcludedIPRanges = denied.domains, denied.ranges
	return true
}

type subtrees struct {
	domains []string
	ranges  []*net.IPNet
}

func readSubtrees(list elements) (s subtrees, ok bool) {
	for len(list) > 0 {
		subtree, ok1 := list.take(der.Sequence)
		base, ok2 := subtree.contents.next()
		if !ok1 || !ok2 {
			return s, false
		}
		switch base.tag {
		case tagPlain2:
			if slices.ContainsFunc(base.contents, func(b byte) bool { return !ascii(b) }) || !constraintDomain(string(base.contents)) {
				return s, false
			}
			s.domains = append(s.domains, string(base.contents))
		case tagPlain7:
			half := len(base.contents) / 2
			if len(base.contents) != 8 && len(base.contents) != 32 || !prefix(base.contents[half:]) {
				return s, false
			}
			s.ranges = append(s.ranges, &net.IPNet{IP: net.IP(base.contents[:half]), Mask: net.IPMask(base.contents[half:])})
		}
	}
	return s, true
}

// prefix tells whether a mask is ones followed by zeros.
func prefix(mask []byte) bool {
	ones, bits := net.IPMask(mask).Size()
	return ones > 0 || bits > 0
}
