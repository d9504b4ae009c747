package served

import (
	"net"
	"strings"
)

// hostname returns a server name for a subject alternative name. For a wildcard it is a name
// that the wildcard covers. It is not ok for names that TLS does not allow as server names:
// only host names are allowed.
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

// covered tells whether a chain is for exactly that name. A wildcard does not count: the
// server may have another certificate for the name.
func covered(name string, chains []Chain) bool {
	for _, chain := range chains {
		for _, san := range chain.Certificates[0].SANs {
			if own, ok := hostname(san); ok && own == name {
				return true
			}
		}
	}
	return false
}

func sameLeaf(a, b Chain) bool { return a.Certificates[0].Fingerprint == b.Certificates[0].Fingerprint }
