package verdict

import (
	"slices"
	"time"

	"cert-health/internal/cert"
)

// relief is why a CA that is not valid, or soon will not be, breaks less than everything
// that it signed. Its zero value is no relief.
type relief struct {
	kind  reliefKind
	path  *locatedCA   // of otherPath: the CA at the end of the path
	group *unusedGroup // of unused: the members of the bundle about which the finding is
}

// reliefKind is the kind of a relief.
type reliefKind int

const (
	none      reliefKind = iota
	successor            // a valid CA with its name is in the same bundle
	otherPath            // each leaf that chains to it has a valid path without it
	maybeSent            // it stands above the signer of the leaf, and peers may have another certificate of it
	unused               // it is a member of a bundle, and no leaf of the VM chains to it
)

// relieve looks for the relief of a CA at a place. What replaces it must be valid at that
// time.
func (j *judge) relieve(s subject, where place, at time.Time) relief {
	if !s.CA {
		return relief{}
	}
	if j.sibling(s, where, at) {
		return relief{kind: successor}
	}
	if path := j.otherPath(s, where, at); path != nil {
		return relief{kind: otherPath, path: path}
	}
	if where.sent && !j.selfSigned(s.Certificate) && j.onlyAbove(s, where) {
		return relief{kind: maybeSent}
	}
	return relief{}
}

// otherPath finds a valid path for the leaves that depend on a CA: those that are sent with
// it, or all leaves of the VM if it is a member of a bundle. It returns the end of the path
// of one leaf if each leaf has one. Peers that trust a bundle see nothing but this bundle.
// A CA that is trusted on its own has no other path.
func (j *judge) otherPath(s subject, where place, at time.Time) (end *locatedCA) {
	var leaves []placedLeaf
	complete := true
	accept := (*deployedCA).onItsOwn
	switch {
	case where.sent:
		leaves, complete = j.leavesOf(s.Certificate, where, where.file)
	case s.role == cert.Trust:
		leaves, complete = j.leavesOf(s.Certificate, where, "")
		accept = func(ca *deployedCA) (cert.Location, bool) { return ca.inBundle(where) }
	}
	if !complete {
		return nil
	}
	for _, leaf := range leaves {
		if end = j.pathTo(leaf, at, accept); end == nil {
			return nil
		}
	}
	return end
}

// onlyAbove tells whether a CA that is sent with leaves signed none of them itself, and no
// CA that the VM trusts signed it. Such a CA is often the cross-signed certificate of a
// root, for peers that do not have the root.
func (j *judge) onlyAbove(s subject, where place) bool {
	leaves, complete := j.leavesOf(s.Certificate, where, where.file)
	if !complete {
		return false
	}
	signedLeaf := slices.ContainsFunc(leaves, func(leaf placedLeaf) bool {
		return leaf.Issuer == s.Subject && j.signing(leaf.Certificate, s.Certificate, where.job) != cert.NotSigned
	})
	list, _ := j.issuers(s.Certificate, where.job)
	trusted := slices.ContainsFunc(list, func(ca *deployedCA) bool {
		return ca.trusted && j.maySign(s.Certificate, ca, where.job)
	})
	return len(leaves) > 0 && !signedLeaf && !trusted
}

// onItsOwn finds a location where the CA is trusted.
func (ca *deployedCA) onItsOwn() (cert.Location, bool) {
	return ca.find(func(l cert.Location) bool { return !l.SentWithLeaf })
}

// inBundle finds the location where the CA is trusted in the bundle at a place.
func (ca *deployedCA) inBundle(where place) (cert.Location, bool) {
	bundle := bundleAt(where.class, where.file)
	return ca.find(func(l cert.Location) bool { return !l.SentWithLeaf && bundleAt(l.Class, l.File) == bundle })
}

func (ca *deployedCA) find(match func(cert.Location) bool) (cert.Location, bool) {
	if i := slices.IndexFunc(ca.Locations, match); i >= 0 {
		return ca.Locations[i], true
	}
	return cert.Location{}, false
}
