package metrics

import (
	"cert-health/internal/promtext"
	"cert-health/internal/report"
)

// Family is one metric of the catalogue, for tests.
type Family struct {
	Name   string
	Type   promtext.Type
	Labels []string // the possible labels, besides those of the VM
}

// Families are the metrics of the catalogue.
func Families() (list []Family) {
	for _, f := range catalogue() {
		list = append(list, Family{f.name, f.kind, f.labels})
	}
	return list
}

// InstanceLabels are the names of the labels that name the VM.
func InstanceLabels() (names []string) {
	for _, l := range instanceLabels(report.Instance{}) {
		names = append(names, l.Name)
	}
	return names
}
