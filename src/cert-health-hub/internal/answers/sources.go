package answers

import (
	"fmt"
	"time"

	"cert-health/hub/internal/catalog"
	"cert-health/hub/internal/inventory"
	"cert-health/internal/reference"
	"cert-health/internal/uplink"
	"cert-health/internal/verdict"
)

// silent is why nothing is known; empty if something is.
func (x *index) silent() string {
	if len(x.sources) == 0 {
		return "the hub has no source with secrets: give it a source of type vault or credhub"
	}
	for i := range x.sources {
		if x.sources[i].State != catalog.SourceNever {
			return ""
		}
	}
	return x.reason(&x.sources[0])
}

// checkedAt is since when all that is known holds: the last success of the source that was last seen
// first.
func (x *index) checkedAt() (oldest time.Time) {
	for i := range x.sources {
		if at := x.sources[i].LastSuccess; !at.IsZero() && (oldest.IsZero() || at.Before(oldest)) {
			oldest = at
		}
	}
	return oldest.UTC()
}

// reason is why a source cannot be seen.
func (x *index) reason(source *catalog.SourceView) string {
	return fmt.Sprintf("the hub cannot see its source %s: %s", source.Name, source.Reason)
}

// sources adds the problems of whole sources, and of the parts that may hold a certificate of the VM. A
// part of another deployment does not concern the VM.
func (a *answering) sources() {
	for i := range a.index.sources {
		source := &a.index.sources[i]
		if !source.Seen() {
			a.problem(reference.Problem{Reason: a.reason(source), LastSeen: source.LastSuccess})
			a.answer.Incomplete = a.answer.Incomplete || source.State == catalog.SourceNever
			continue
		}
		for _, part := range source.Unseen {
			if a.concerns(part) {
				a.problem(reference.Problem{Path: part.Path, Reason: "the hub: " + part.Reason})
			}
		}
	}
}

func (a *answering) concerns(part inventory.Unseen) bool {
	_, item := a.byPath[part.Path] // that has a problem of its own, if the agent asks for it
	return !item && (part.Path == "" || a.mounts[part.Path] || reference.Names(part.Path, a.deployment))
}

// remedies adds the steps for a secret. Those of Vault depend on the deployed certificate, and agents
// know them.
func (a *answering) remedies(h *held, path reference.Path) {
	if h.source.Type != credhub {
		return
	}
	for i := range h.item.Sightings {
		s := &h.item.Sightings[i]
		e, known := a.view.Certificate(s.Certificate)
		if !known || s.State != inventory.Current {
			continue
		}
		steps := a.view.InCredHub(e, h.item)
		if a.answer.Remedies == nil {
			a.answer.Remedies = uplink.Remedies{}
		}
		a.answer.Remedies[path.String()] = map[string][]verdict.Step{
			uplink.ActionName(verdict.Renew): steps, uplink.ActionName(verdict.Reissue): steps,
		}
		return
	}
}
