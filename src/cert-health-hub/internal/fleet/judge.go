package fleet

import (
	"unique"

	"cert-health/internal/verdict"
)

// judge judges the cells of one row.
type judge struct {
	row        *Row
	truth      *truth
	thresholds verdict.Thresholds
	now        int64
}

// judgement is one cell of a row.
type judgement struct {
	state     State
	severity  verdict.Severity
	onCurrent bool
	expired   bool
	file      *fact    // the certificate that is worth showing
	older     *process // a process that serves an older one
	since     int64
}

// cell judges the certificates of one row on one instance.
func (j *judge) cell(set []placed, m *Member) judgement {
	c := judgement{onCurrent: j.complete(set), file: j.shown(set)}
	c.older = olderOn(set)
	dates, severity := j.dates(set, c.onCurrent)
	c.expired = dates == verdict.Expired || c.older != nil && c.older.notAfter != 0 && c.older.notAfter < j.now
	switch {
	case c.older != nil && (c.onCurrent || !j.truth.known) && !all(set, ignoresLoading):
		c.state, c.severity = AwaitingRestart, verdict.Error
		if c.expired {
			c.severity = verdict.Critical
		}
	case c.onCurrent || !j.truth.known:
		c.state, c.severity = j.dated(c, dates, severity)
	case j.truth.gone:
		c.state, c.severity = Unknown, max(verdict.Warning, severity)
	default:
		j.behind(&c, set, m, severity)
	}
	if c.state != Current && c.state != Unknown && c.since == 0 && dates == verdict.Expired {
		c.since = c.file.notAfter
	}
	return c
}

// dated is the state of a cell that holds the newest version, or one of which no store is known.
func (j *judge) dated(c judgement, dates verdict.Code, severity verdict.Severity) (State, verdict.Severity) {
	switch {
	case dates == verdict.Expired && !c.onCurrent && !j.truth.known:
		return AwaitingDeploy, severity // other instances have a newer one
	case dates != "":
		return AwaitingRenewal, severity
	case !j.truth.known:
		return Unknown, verdict.OK
	}
	return Current, verdict.OK
}

// behind judges a cell that does not hold what the store does.
func (j *judge) behind(c *judgement, set []placed, m *Member, dates verdict.Severity) {
	c.since = j.fellBehind(set)
	c.severity = max(dates, j.drift(c, set))
	switch {
	case j.truth.ends != 0 && j.truth.ends < j.now:
		c.state = AwaitingRenewal
		c.severity = max(c.severity, verdict.Error)
	case j.byHand(set):
		c.state = ByHand
	case j.rolledBack(set, m):
		c.state = RolledBack
	default:
		c.state = AwaitingDeploy
	}
}

// shown is the certificate of a cell that people want to see: one that should not be there, the oldest
// of them, or the current one.
func (j *judge) shown(set []placed) *fact {
	best := &set[0].of
	foreign := func(f *fact) bool { return j.truth.known && !j.truth.isCurrent(f.print) }
	for _, h := range set[1:] {
		f := &h.of
		switch {
		case foreign(f) != foreign(best):
			if foreign(f) {
				best = f
			}
		case f.notBefore < best.notBefore || f.notBefore == best.notBefore && f.print < best.print:
			best = f
		}
	}
	return best
}

func olderOn(set []placed) *process {
	for _, h := range set {
		if h.older != (unique.Handle[process]{}) {
			p := h.older.Value()
			return &p
		}
	}
	return nil
}

// all tells whether the agent ignores something of all certificates of a cell.
func all(set []placed, what flags) bool {
	for _, h := range set {
		if !h.flags.has(what) {
			return false
		}
	}
	return true
}
