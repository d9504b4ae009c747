package pairing

import "cert-health/internal/cert"

// party is a set of certificates and keys that are used together: each certificate with one
// key. The caller knows them by their index.
type party struct{ certificates, keys []cert.KeyDigest }

// outcome is the result of matching a party.
type outcome struct {
	matched []bool   // certificates that have their key
	taken   []bool   // keys that have their certificate
	couples [][2]int // certificates that have another key: the certificate and the key
}

// match finds the certificates and keys that belong together. The rest is coupled in its
// order, if the number of certificates and of keys is the same. Several with the same public
// key count as one.
func (p party) match() outcome {
	o := outcome{matched: make([]bool, len(p.certificates)), taken: make([]bool, len(p.keys))}
	if len(p.certificates) == 1 && len(p.keys) == 1 { // the usual case
		same, known := p.certificates[0] == p.keys[0], p.certificates[0] != cert.KeyDigest{}
		o.matched[0], o.taken[0] = same, same
		if !same && known {
			o.couples = [][2]int{{0, 0}}
		}
		return o
	}
	certificates, keys := firsts(p.certificates), firsts(p.keys)
	if _, unknown := certificates[cert.KeyDigest{}]; unknown {
		return o
	}
	unmatchedKeys := unmatched(p.keys, keys, certificates, o.taken)
	unmatchedCertificates := unmatched(p.certificates, certificates, keys, o.matched)
	if len(unmatchedCertificates) != len(unmatchedKeys) {
		return o
	}
	with := map[cert.KeyDigest]int{}
	for n, first := range unmatchedCertificates {
		with[p.certificates[first]] = unmatchedKeys[n]
	}
	for i, digest := range p.certificates {
		if !o.matched[i] {
			o.couples = append(o.couples, [2]int{i, with[digest]})
		}
	}
	return o
}

// firsts returns the first index of each public key.
func firsts(digests []cert.KeyDigest) map[cert.KeyDigest]int {
	first := make(map[cert.KeyDigest]int, len(digests))
	for i, digest := range digests {
		if _, known := first[digest]; !known {
			first[digest] = i
		}
	}
	return first
}

// unmatched returns the first index of each public key that the other side does not have. It
// records the others as matched.
func unmatched(digests []cert.KeyDigest, first, others map[cert.KeyDigest]int, matched []bool) []int {
	var list []int
	for i, digest := range digests {
		if _, matched[i] = others[digest]; !matched[i] && first[digest] == i {
			list = append(list, i)
		}
	}
	return list
}
