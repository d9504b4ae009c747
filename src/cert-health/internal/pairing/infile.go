package pairing

import (
	"slices"

	"cert-health/internal/cert"
	"cert-health/internal/extract/found"
)

// value is the certificates and keys that are together in a file: in one string or block,
// or directly one after the other.
type value struct {
	run          int
	certificates []int // indexes
	keys         []int
}

// values splits a file into its values.
func values(f *File) []value {
	var list []value
	of := func(run int) *value {
		at, found := slices.BinarySearchFunc(list, run, func(v value, run int) int { return v.run - run })
		if !found {
			list = slices.Insert(list, at, value{run: run})
		}
		return &list[at]
	}
	for i, certificate := range f.Certificates {
		v := of(certificate.Run)
		v.certificates = append(v.certificates, i)
	}
	for i, key := range f.Clues.Keys {
		v := of(key.Run)
		v.keys = append(v.keys, i)
	}
	return list
}

// members are certificates and keys of one file that are used together, by their indexes.
type members struct{ certificates, keys []int }

// match returns the mismatches among the members.
func (f *File) match(m members) []cert.Mismatch {
	var p party
	for _, i := range m.certificates {
		p.certificates = append(p.certificates, f.Certificates[i].Certificate.PublicKey)
	}
	for _, i := range m.keys {
		p.keys = append(p.keys, f.Clues.Keys[i].Digest)
	}
	var list []cert.Mismatch
	for _, couple := range p.match().couples {
		own := &f.Certificates[m.certificates[couple[0]]]
		list = append(list, cert.Mismatch{
			Certificate: own.Certificate.Fingerprint,
			At:          f.location(own.Line, own.Form),
			Key:         f.key(m.keys[couple[1]]),
		})
	}
	return list
}

// within finds the mismatches inside one file: in values that contain a certificate and a
// key, in values under matching names in one mapping, and in values without names.
func within(f *File) []cert.Mismatch {
	if len(f.Clues.Keys) == 0 || len(f.Certificates) == 0 {
		return nil
	}
	var list []cert.Mismatch
	var unnamed members
	named := map[found.Label]*members{}
	var order []*members
	for _, v := range values(f) {
		if len(v.certificates) > 0 && len(v.keys) > 0 {
			list = append(list, f.combined(v)...)
			continue
		}
		label := f.label(v.run)
		to := &unnamed
		if label.Name != "" {
			label.Name = stem(label.Name)
			if to = named[label]; to == nil {
				to = &members{}
				named[label] = to
				order = append(order, to)
			}
		}
		if own, ok := f.own(v); ok {
			to.certificates = append(to.certificates, own)
		}
		to.keys = append(to.keys, v.keys...)
	}
	for _, m := range order {
		if leaves := f.leaves(m.certificates); len(leaves) > 0 {
			m.certificates = leaves
		}
		list = append(list, f.match(*m)...)
	}
	// A CA without a name is usually there to trust other certificates.
	unnamed.certificates = f.leaves(unnamed.certificates)
	return append(list, f.match(unnamed)...)
}

// combined matches a value that contains certificates and keys. With several certificates
// and one key, the key belongs to the first leaf, by the rules of TLS libraries. If it belongs
// to another certificate of the value, the program may not follow these rules: that is not
// a mismatch.
func (f *File) combined(v value) []cert.Mismatch {
	digest := f.Clues.Keys[v.keys[0]].Digest
	if slices.ContainsFunc(v.keys, func(i int) bool { return f.Clues.Keys[i].Digest != digest }) {
		return f.match(members{f.leaves(v.certificates), v.keys})
	}
	own, ok := f.own(v)
	matching := slices.ContainsFunc(v.certificates, func(i int) bool { return f.Certificates[i].Certificate.PublicKey == digest })
	if !ok || matching {
		return nil
	}
	return f.match(members{[]int{own}, v.keys})
}

// own is the certificate of a value to which a key belongs: the leaf before its chain, or a
// single CA. A bundle has none.
func (f *File) own(v value) (index int, ok bool) {
	if leaves := f.leaves(v.certificates); len(leaves) > 0 {
		return leaves[0], true
	}
	if len(v.certificates) == 1 {
		return v.certificates[0], true
	}
	return 0, false
}

// leaves are the certificates that are not CAs.
func (f *File) leaves(certificates []int) []int {
	return slices.DeleteFunc(slices.Clone(certificates), func(i int) bool { return f.Certificates[i].Certificate.CA })
}

func (f *File) label(run int) found.Label {
	if run < 1 || run > len(f.Clues.Labels) {
		return found.Label{}
	}
	return f.Clues.Labels[run-1]
}
