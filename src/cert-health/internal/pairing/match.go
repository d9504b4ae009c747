package pairing

import "cert-health/internal/cert"

// party is a set of certificates and of keys that are used together, each with one of
// the other side. Who they are, the caller knows by their index.
type party struct{ certificates, keys []cert.KeyDigest }

// outcome is what comes of matching a party.
type outcome struct {
	well    []bool   // certificates that have their key
	taken   []bool   // keys that have their certificate
	couples [][2]int // certificates that do not, each with the key that it has instead
}

// match finds out who has a partner. Those who are left are coupled in their order, if
// there are as many of the one as of the other; several of one public key count as one.
func (p party) match() outcome {
	o := outcome{well: make([]bool, len(p.certificates)), taken: make([]bool, len(p.keys))}
	if len(p.certificates) == 1 && len(p.keys) == 1 { // it nearly always is so
		same, known := p.certificates[0] == p.keys[0], p.certificates[0] != cert.KeyDigest{}
		o.well[0], o.taken[0] = same, same
		if !same && known {
			o.couples = [][2]int{{0, 0}}
		}
		return o
	}
	certificates, keys := firsts(p.certificates), firsts(p.keys)
	if _, unknown := certificates[cert.KeyDigest{}]; unknown {
		return o
	}
	lonelyKeys := lonely(p.keys, keys, certificates, o.taken)
	lonelyCertificates := lonely(p.certificates, certificates, keys, o.well)
	if len(lonelyCertificates) != len(lonelyKeys) {
		return o
	}
	with := map[cert.KeyDigest]int{}
	for n, first := range lonelyCertificates {
		with[p.certificates[first]] = lonelyKeys[n]
	}
	for i, digest := range p.certificates {
		if !o.well[i] {
			o.couples = append(o.couples, [2]int{i, with[digest]})
		}
	}
	return o
}

// firsts are the indexes at which public keys stand first.
func firsts(digests []cert.KeyDigest) map[cert.KeyDigest]int {
	first := make(map[cert.KeyDigest]int, len(digests))
	for i, digest := range digests {
		if _, known := first[digest]; !known {
			first[digest] = i
		}
	}
	return first
}

// lonely are the first indexes of those that the other side has not. It books the others.
func lonely(digests []cert.KeyDigest, first, others map[cert.KeyDigest]int, matched []bool) []int {
	var list []int
	for i, digest := range digests {
		if _, matched[i] = others[digest]; !matched[i] && first[digest] == i {
			list = append(list, i)
		}
	}
	return list
}
