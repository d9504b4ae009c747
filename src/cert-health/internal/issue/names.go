package issue

import (
	"crypto/x509"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
)

// setNames divides alternative names by their kind: IP addresses, URIs, mail addresses and DNS names. Each is
// written once.
func setNames(template *x509.Certificate, names []string) error {
	var known []string
	for _, name := range names {
		if slices.Contains(known, name) {
			continue
		}
		known = append(known, name)
		ip := net.ParseIP(name)
		switch {
		case ip != nil:
			template.IPAddresses = append(template.IPAddresses, ip)
		case strings.Contains(name, "://"):
			uri, err := url.Parse(name)
			if err != nil {
				return fmt.Errorf("the alternative name %q is not a valid URI", name)
			}
			template.URIs = append(template.URIs, uri)
		case strings.Index(name, "@") > 0 && isASCII(name):
			template.EmailAddresses = append(template.EmailAddresses, name)
		case isDomain(name):
			template.DNSNames = append(template.DNSNames, name)
		default:
			return fmt.Errorf("the alternative name %q is neither a DNS name, an IP address, a mail address nor a URI: international names are written as xn--", name)
		}
	}
	return nil
}

// maxName is the length of the longest DNS name.
const maxName = 253

// isDomain tells whether a name is a DNS name, possibly with wildcards. An underscore is not allowed in the names of
// hosts, but names of services have it.
func isDomain(name string) bool {
	if name == "" || len(name) > maxName {
		return false
	}
	for label := range strings.SplitSeq(strings.TrimSuffix(name, "."), ".") {
		outside := func(r rune) bool { return !strings.ContainsRune("-_*", r) && !isAlphanumeric(r) }
		if label == "" || len(label) > 63 || strings.ContainsFunc(label, outside) {
			return false
		}
	}
	return true
}

func isAlphanumeric(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
}

func isASCII(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' })
}
