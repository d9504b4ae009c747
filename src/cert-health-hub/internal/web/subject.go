package web

import (
	"cert-health/hub/internal/catalog"
	"cert-health/hub/internal/inventory"
)

// subjectURL is the page of what an event is about: a certificate or a source. It is empty if there is
// none.
func subjectURL(v *catalog.View, subject string) string {
	if _, known := v.Certificate(inventory.ID(subject)); known {
		return certificateURL(inventory.ID(subject))
	}
	if _, known := v.Source(subject); known {
		return listURL("source", subject)
	}
	return ""
}
