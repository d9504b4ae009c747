package rotator

import (
	"context"
	"fmt"

	"cert-health/internal/cert"
	"cert-health/internal/rotation"
	"cert-health/internal/survey"
)

// Refine tells the versions of the CA apart, and says what CredHub cannot renew by itself.
func (h *CredHub) Refine(_ context.Context, s *survey.Survey, store *rotation.Store) error {
	for _, c := range s.Certificates {
		switch version := h.versions[c.Fingerprint]; {
		case version == "":
		case c.Fingerprint == h.newest:
			store.Renews(c)
		default:
			store.AddFormer(c)
			store.Kept = append(store.Kept, c)
		}
	}
	cas := append([]*survey.Certificate{store.New}, store.Old...)
	var leaves []rotation.Leaf
	for _, l := range store.Leaves {
		own, child := h.nouns[l.Certificate.Fingerprint], h.children[l.Path]
		if own == nil || child == nil {
			continue
		}
		for _, ca := range cas {
			if by := h.nouns[ca.Fingerprint]; by != nil && own.SignedBy(by) == cert.Signed {
				l.SignedBy = ca
			}
		}
		switch latest := child.Versions[child.Active()]; {
		case latest.CA:
			l.Why = fmt.Sprintf("it is a CA, too: the new CA signs its successor with cert-health rotate next %s --source credhub", l.Path)
		case !latest.Generated:
			l.Why = "it was set and not generated, so that CredHub cannot regenerate it: set a new one with credhub set"
		}
		leaves = append(leaves, l)
	}
	store.Leaves = leaves
	h.copies(store)
	return nil
}

// copies notes the certificates with which CredHub does not hand out both CAs.
func (h *CredHub) copies(store *rotation.Store) {
	if len(store.Bundle) < 2 {
		return
	}
	for _, c := range store.Copies {
		if len(c.Certificates) < len(store.Bundle) {
			h.lacking = append(h.lacking, c.Path)
		}
	}
	if len(h.lacking) > 0 && len(h.lacking) == len(store.Copies) {
		store.Faults = append(store.Faults, "CredHub hands out one CA although there are two: set certificates.concatenate_cas in its deployment, and take and give back the transitional flag")
	}
}
