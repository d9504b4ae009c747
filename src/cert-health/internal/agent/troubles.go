package agent

import (
	"strings"

	"cert-health/internal/discover"
	"cert-health/internal/reference"
	"cert-health/internal/verdict"
)

// unreadable weighs what discover could not read. A file that vanished is the
// trace of a deploy under way.
func unreadable(inventory *discover.Inventory) []verdict.Trouble {
	var troubles []verdict.Trouble
	for _, p := range inventory.Problems {
		severity := verdict.Warning
		if p.Kind == discover.Vanished {
			severity = verdict.Info
		}
		troubles = append(troubles, verdict.Trouble{
			Code: verdict.Unreadable, Severity: severity, Job: p.Job, File: p.File, Line: p.Line, Message: p.Reason,
		})
	}
	return troubles
}

// unavailable weighs what the store did not show. Unknown is neither good nor bad.
func unavailable(snapshot *reference.Snapshot) []verdict.Trouble {
	var troubles []verdict.Trouble
	for _, p := range snapshot.Problems {
		troubles = append(troubles, verdict.Trouble{
			Code: verdict.ReferenceUnavailable, Severity: verdict.Warning,
			Message: strings.TrimPrefix(p.Path+": ", ": ") + p.Reason,
		})
	}
	return troubles
}
