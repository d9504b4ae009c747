package catalog

import (
	"cmp"
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
	if f, stale := v.staleFinding(e); stale {
		list = append(list, f)
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
