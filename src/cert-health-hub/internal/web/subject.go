package web

import (
	"strings"

	"cert-health/hub/internal/catalog"
	"cert-health/hub/internal/inventory"
)

// subjectURL is the page of what an event is about: a certificate, a source or a VM. It is empty if there
// is none.
func (p *Pages) subjectURL(v *catalog.View, subject string) string {
	if _, known := v.Certificate(inventory.ID(subject)); known {
		return certificateURL(inventory.ID(subject))
	}
	if _, known := v.Source(subject); known {
		return listURL("source", subject)
	}
	if p.Fleet != nil && strings.Count(subject, "/") >= 2 {
		if _, known := p.fleet().Instance(inventory.InstanceKey(subject)); known {
			return instanceURL(inventory.InstanceKey(subject))
		}
	}
	return ""
}
