package lenient

import (
	"net"
	"net/url"
	"slices"
	"strings"

	"cert-health/internal/der"
)

// alternativeNames reads names of the kinds that crypto/x509 reads.
func (r *reader) alternativeNames(value elements) bool {
	body, ok := value.take(der.Sequence)
	for rest := body.contents; ok && len(rest) > 0; {
		name, found := rest.next()
		if !found {
			return false
		}
		switch name.tag {
		case tagPlain1:
			r.x.EmailAddresses = r.addName(r.x.EmailAddresses, "mail address", name.contents)
		case tagPlain2:
			r.x.DNSNames = r.addName(r.x.DNSNames, "DNS name", name.contents)
		case tagPlain6:
			r.addURI(name.contents)
		case tagPlain7:
			r.addAddress(name.contents)
		}
	}
	return ok
}

// addName adds a name that should have ASCII characters only.
func (r *reader) addName(names []string, kind string, value []byte) []string {
	name := readable(value)
	if slices.ContainsFunc(value, func(b byte) bool { return !ascii(b) }) {
		r.refuse(onlyGo, "its %s %s has characters that are not ASCII", kind, quote(name))
	}
	return append(names, name)
}

// addAddress adds an IP address. If a mask follows the address, as in name constraints, it is
// ignored.
func (r *reader) addAddress(value []byte) {
	switch len(value) {
	case net.IPv4len, net.IPv6len:
	case 2 * net.IPv4len, 2 * net.IPv6len:
		r.refuse(onlyGo, "it has an IP address with a mask as an alternative name: %s", net.IP(value[:len(value)/2]))
		value = value[:len(value)/2]
	default:
		r.refuse(onlyGo, "it has an IP address of %d bytes as an alternative name", len(value))
		value = value[:min(len(value), net.IPv6len)]
	}
	r.x.IPAddresses = append(r.x.IPAddresses, value)
}

// addURI adds a URI. A URI that cannot be parsed is kept as it is written, without what may be a
// password.
func (r *reader) addURI(value []byte) {
	text := readable(value)
	parsed, err := url.Parse(text)
	if slices.ContainsFunc(value, func(b byte) bool { return !ascii(b) }) || err != nil {
		parsed = &url.URL{Opaque: withoutPassword(text)}
		r.refuse(onlyGo, "its URI %s is not valid", quote(parsed.Opaque))
	} else if !domain(parsed.Host) {
		r.refuse(onlyGo, "its URI %s has a host that is not valid", quote(parsed.Redacted()))
	}
	r.x.URIs = append(r.x.URIs, parsed)
}

// withoutPassword hides the text between a colon and the last @ of an authority. In doubt it
// hides more.
func withoutPassword(uri string) string {
	scheme, rest, found := strings.Cut(uri, "://")
	at := strings.LastIndexByte(rest, '@')
	if !found {
		scheme, rest, at = "", uri, strings.LastIndexByte(uri, '@')
	}
	colon := strings.IndexByte(rest[:max(at, 0)], ':')
	if colon < 0 {
		return uri
	}
	rest = rest[:colon] + ":xxxxx" + rest[at:]
	if found {
		return scheme + "://" + rest
	}
	return rest
}

// constraintDomain is domain for a name constraint, which may begin with a dot.
func constraintDomain(name string) bool { return name != "." && domain(strings.TrimPrefix(name, ".")) }

// domain tells whether crypto/x509 accepts the name as a domain.
func domain(name string) bool {
	if name == "" {
		return true
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || strings.ContainsFunc(label, func(c rune) bool { return c < 33 || c > 126 }) {
			return false
		}
	}
	return true
}
