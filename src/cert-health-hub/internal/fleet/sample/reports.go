package sample

import (
	"context"

	"cert-health/hub/internal/inventory"
	"cert-health/internal/report"
)

// Stored are the stored reports of a fleet.
type Stored map[inventory.InstanceKey]*report.Report

// Reports are those of the fleet of n instances.
func Reports(n int) Stored {
	all := Stored{}
	for _, vm := range VMs(n) {
		if !vm.Missing {
			all[vm.Key()] = vm.Report()
		}
	}
	return all
}

// Report is the one of an instance; nil if there is none.
func (s Stored) Report(_ context.Context, key inventory.InstanceKey) (*report.Report, error) {
	return s[key], nil
}
