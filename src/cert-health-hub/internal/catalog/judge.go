package catalog

import (
	"cmp"
	"fmt"
	"slices"

	"cert-health/hub/internal/inventory"
	"cert-health/internal/verdict"
)

// judge gives each entry its findings and its state.
func (v *View) judge() {
	about := v.itemFindings()
	for _, e := range v.entries {
		if len(e.InUse()) == 0 {
			e.State = History
			continue
		}
		e.Findings = append(about[e], v.ownFindings(e)...)
		slices.SortStableFunc(e.Findings, gravestFirst)
		for _, f := range e.Findings {
			e.Severity = max(e.Severity, f.Severity)
		}
		e.State = v.stateOf(e)
	}
	for _, e := range v.byID {
		if len(e.Placements) == 0 {
			e.State = History
		}
	}
}

func gravestFirst(a, b Finding) int {
	return cmp.Or(cmp.Compare(b.Severity, a.Severity), codeRank(a.Code)-codeRank(b.Code))
}

// codeRank puts the codes of dates before all others.
func codeRank(code inventory.Code) int {
	if i := slices.Index(verdict.Codes(), verdict.Code(code)); i >= 0 {
		return i
	}
	return len(verdict.Codes())
}

// stateOf is the gravest state that applies.
func (v *View) stateOf(e *Entry) State {
	code := v.validity(e)
	switch {
	case code == verdict.Expired:
		return Expired
	case code == verdict.NotYetValid:
		return NotYetValid
	case code == verdict.ExpiringSoon:
		return ExpiringSoon
	case e.Severity >= verdict.Error:
		return Broken
	case code == verdict.Expiring:
		return Expiring
	case e.Unverified:
		return Unverified
	}
	return OK
}

// validity is the code by the dates alone. A source may describe a certificate without its dates.
func (v *View) validity(e *Entry) verdict.Code {
	if e.NotAfter.IsZero() {
		return ""
	}
	return v.policy.Validity(e.Certificate.Certificate, v.now)
}

// ownFindings are about the certificate itself.
func (v *View) ownFindings(e *Entry) (list []Finding) {
	if code := v.validity(e); code != "" {
		list = append(list, v.dateFinding(e, code))
	}
	if f, weak := v.weakness(e); weak {
		list = append(list, f)
	}
	return list
}

func (v *View) dateFinding(e *Entry, code verdict.Code) Finding {
	replaced := v.replaced(e)
	message, why := v.dateWords(e, code, replaced)
	return Finding{Finding: inventory.Finding{
		Code: inventory.Code(code), Severity: dateSeverity(code, replaced), Certificate: e.ID,
		Message: message, Why: why, Steps: v.renewal(e, code),
	}}
}

// dateSeverity is that of package verdict: less is at stake if a successor is trusted beside it.
func dateSeverity(code verdict.Code, replaced bool) verdict.Severity {
	switch code {
	case verdict.Expired, verdict.NotYetValid:
		if replaced {
			return verdict.Warning
		}
		return verdict.Critical
	case verdict.ExpiringSoon:
		if !replaced {
			return verdict.Error
		}
	case verdict.Expiring:
		if !replaced {
			return verdict.Warning
		}
	}
	return verdict.Info
}

// replaced tells whether each item with this CA also holds another CA with its name in use, which is
// valid longer. That is so during a rotation.
func (v *View) replaced(e *Entry) bool {
	if !e.CA {
		return false
	}
	for _, p := range e.InUse() {
		if !slices.ContainsFunc(p.item.Sightings, func(s inventory.Sighting) bool {
			other := v.byID[s.Certificate]
			return other != nil && s.State.InUse() && other.CA && other.Subject == e.Subject &&
				other.NotAfter.After(e.NotAfter) && !v.now.After(other.NotAfter) && !v.now.Before(other.NotBefore)
		}) {
			return false
		}
	}
	return true
}

func (v *View) dateWords(e *Entry, code verdict.Code, replaced bool) (message, why string) {
	consequence := consequence(e, replaced)
	end := fmt.Sprintf("%s (%s)", verdict.Relative(e.NotAfter, v.now), verdict.Stamp(e.NotAfter))
	switch {
	case code == verdict.Expired:
		return "expired " + end, consequence
	case e.NotAfter.Before(e.NotBefore):
		return fmt.Sprintf("never valid: it ends (%s) before it begins (%s)", verdict.Stamp(e.NotAfter), verdict.Stamp(e.NotBefore)), consequence
	case code == verdict.NotYetValid:
		return fmt.Sprintf("becomes valid %s (%s)", verdict.Relative(e.NotBefore, v.now), verdict.Stamp(e.NotBefore)), "until then, " + consequence
	}
	return "expires " + end, "after that, " + consequence
}

// consequence says what breaks while a certificate is not valid.
func consequence(e *Entry, replaced bool) string {
	switch {
	case e.CA && replaced:
		return "certificates that only this CA signed are refused; the other CA with its name stays valid"
	case e.CA && e.Leaves == 1:
		return "every certificate that it signed is refused: 1 leaf in use is known"
	case e.CA && e.Leaves > 1:
		return fmt.Sprintf("every certificate that it signed is refused: %d leaves in use are known", e.Leaves)
	case e.CA:
		return "every certificate that it signed is refused"
	case e.ServerAuth() && !e.ClientAuth():
		return "clients refuse to connect to the server that uses it"
	case e.ClientAuth() && !e.ServerAuth():
		return "servers refuse the client that uses it"
	}
	return "its peers refuse it"
}

// itemFindings gives each entry the findings of its items. Those about an item without a certificate
// become problems of the view.
func (v *View) itemFindings() map[*Entry][]Finding {
	found := map[*Entry][]Finding{}
	for i := range v.contents.Items {
		item := &v.contents.Items[i]
		for _, f := range item.Findings {
			about := v.concerned(item, f)
			for _, e := range about {
				found[e] = append(found[e], Finding{Finding: f, Source: item.Source, Path: item.Path})
			}
			if len(about) == 0 {
				v.problems = append(v.problems, Finding{Finding: f, Source: item.Source, Path: item.Path})
			}
		}
	}
	return found
}

// concerned are the entries that a finding of an item is about: the certificate that it names, or
// else the leaves of the item in use, or all its certificates in use if none is a leaf.
func (v *View) concerned(item *inventory.Stored, f inventory.Finding) []*Entry {
	if e := v.byID[f.Certificate]; f.Certificate != "" && e != nil && len(e.InUse()) > 0 {
		return []*Entry{e}
	}
	var leaves, all []*Entry
	for _, s := range item.Sightings {
		e := v.byID[s.Certificate]
		if e == nil || !s.State.InUse() || slices.Contains(all, e) {
			continue
		}
		all = append(all, e)
		if !e.CA {
			leaves = append(leaves, e)
		}
	}
	if len(leaves) > 0 {
		return leaves
	}
	return all
}
