package web

import (
	"strings"

	"cert-health/hub/internal/catalog"
	"cert-health/hub/internal/fleet"
	"cert-health/hub/internal/inventory"
	"cert-health/internal/verdict"
)

// fleetMarks are the names of the states of the fleet that have a shape of their own.
func fleetMarks() []string {
	return []string{"awaiting_deploy", "awaiting_restart", "awaiting_renewal", "changed_by_hand", "rolled_back",
		"silent", "missing", "stopped", "ignored", "deleted"}
}

// stateMark is the mark of a state of the fleet. Current and unknown certificates have the shapes that
// they have elsewhere.
func stateMark(s fleet.State) mark {
	switch s {
	case fleet.Current:
		return mark{State: string(catalog.OK), Word: string(s)}
	case fleet.Unknown, "":
		return mark{State: string(catalog.Unverified), Word: string(fleet.Unknown)}
	}
	return mark{State: strings.ReplaceAll(string(s), " ", "_"), Word: string(s)}
}

// standingMark is the mark of a standing.
func standingMark(s inventory.Standing) mark {
	if s == inventory.Reports {
		return mark{State: string(catalog.OK), Word: string(s)}
	}
	return mark{State: string(s), Word: string(s)}
}

// standings are all standings, those at the front that a person must do something about.
func standings() []inventory.Standing {
	return []inventory.Standing{inventory.Silent, inventory.Missing, inventory.Stopped, inventory.Ignored, inventory.Deleted, inventory.Reports}
}

// washOf is the state of a certificate that has the colour of a severity.
func washOf(severity verdict.Severity) string {
	switch {
	case severity >= verdict.Error:
		return string(catalog.Expired)
	case severity >= verdict.Warning:
		return string(catalog.ExpiringSoon)
	case severity == verdict.Info:
		return string(catalog.Expiring)
	}
	return string(catalog.OK)
}
