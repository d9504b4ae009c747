package catalog

import (
	"iter"
	"slices"

	"cert-health/hub/internal/inventory"
	"cert-health/internal/cert"
	"cert-health/internal/verdict"
)

// Items are all items, in no order.
func (v *View) Items() iter.Seq[*inventory.Stored] {
	return func(yield func(*inventory.Stored) bool) {
		for i := range v.contents.Items {
			if !yield(&v.contents.Items[i]) {
				return
			}
		}
	}
}

// Identity is the identity digest of the certificate: all generations of one certificate have the same.
func (e *Entry) Identity() cert.IdentityDigest { return e.facts.identity }

// Summary is that of the certificate, without computing its identity digest again.
func (e *Entry) Summary() cert.Summary {
	s := cert.Summary{Fingerprint: e.Fingerprint, IdentityDigest: e.facts.identity, NotBefore: e.NotBefore, NotAfter: e.NotAfter, CA: e.CA}
	if !e.CA {
		s.PublicKey = e.PublicKey.Mark()
	}
	return s
}

// InCredHub are the steps that make a successor of the current certificate of a credential, without the
// deploys that follow: who asks knows which.
func (v *View) InCredHub(e *Entry, item *inventory.Stored) []verdict.Step {
	why := renewing
	if e.NotAfter.Before(v.now) {
		why = replacing
	}
	steps := credhubSteps(v, e, Placement{Kind: item.Kind, Path: item.Path, Place: "certificate"}, why)
	for len(steps) > 1 && slices.Equal(steps[len(steps)-1].Run, deploy().Run) && steps[len(steps)-1].Do == deploy().Do {
		steps = steps[:len(steps)-1]
	}
	return steps
}
