package served

import (
	"net"
	"strings"
)

// hostname makes a server name of a certificate's subject alternative name: a
// wildcard becomes a name that it covers. Not ok for what cannot be one: TLS
// knows no server name but that of a host.
func hostname(san string) (string, bool) {
	name := strings.ToLower(strings.TrimSuffix(san, "."))
	if rest, wildcard := strings.CutPrefix(name, "*."); wildcard {
		name = "cert-health." + rest
	}
	if name == "" || len(name) > 253 || net.ParseIP(name) != nil {
		return "", false
	}
	for _, char := range name {
		if !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789-_.", char) {
			return "", false
		}
	}
	return name, true
}

// covered tells whether a certificate that was shown already is made for that very name.
// One with a wildcard for it does not count: a server may have a better one.
func covered(name string, shown []Shown) bool {
	for _, s := range shown {
		for _, san := range s.Chain[0].SANs {
			if own, ok := hostname(san); ok && own == name {
				return true
			}
		}
	}
	return false
}

func sameLeaf(a, b Shown) bool { return a.Chain[0].Fingerprint == b.Chain[0].Fingerprint }
