package fleet

import (
	"math"
	"strings"
	"time"
	"unique"

	"cert-health/internal/cert"
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

// complain tells whether the instance's own agent says that it is behind. Only the hub's own source knows
// it better: another agent does not.
func (j *judge) complain(set []placed) bool {
	if !j.truth.known || j.truth.own {
		return false
	}
	for _, h := range set {
		if h.said != nil && (h.said.state == cert.Stale || h.said.state == cert.Unexpected) && contains(j.truth.required, h.of.print) {
			return true
		}
	}
	return false
}

// complete tells whether the files of an instance hold what they should. A leaf has no other version
// beside it. Each file of a bundle has all of it. A CA in a leaf's chain is any of the current ones.
func (j *judge) complete(set []placed) bool {
	required := j.truth.required
	if j.row.Own {
		return true
	}
	if !j.truth.known {
		required = j.newest()
	}
	if len(required) == 0 || j.complain(set) {
		return false
	}
	trust, foreign := false, 0
	for _, h := range set {
		f := &h.of
		trust = trust || f.role == cert.Trust
		if !contains(required, f.print) && !contains(j.truth.accepted, f.print) {
			foreign++
		}
	}
	switch {
	case foreign == 0 && (len(required) == 1 || !trust):
		return true
	case set[0].of.role == cert.Leaf:
		return false
	case trust:
		return j.bundled(set, required)
	}
	return j.chained(set, required)
}

func contains(list []string, print string) bool {
	for _, one := range list {
		if one == print {
			return true
		}
	}
	return false
}

// newest is the current version of a row that no store holds.
func (j *judge) newest() []string {
	if j.row.Current == nil {
		return nil
	}
	return []string{j.row.Current.Fingerprint}
}

// bundled tells whether each file has all that is required.
func (j *judge) bundled(set []placed, required []string) bool {
	for file := range files(set, func(placed) bool { return true }) {
		for _, print := range required {
			if j.ended(print) {
				continue
			}
			if !files(set, func(h placed) bool { return h.of.print == print })[file] {
				return false
			}
		}
	}
	return true
}

// ended tells whether a CA of the store has expired: a bundle need not have it.
func (j *judge) ended(print string) bool {
	if j.truth.hub == nil {
		return false
	}
	g, known := j.truth.hub.held[print]
	return known && g.notAfter != 0 && g.notAfter < j.now
}

// chained tells whether each file with another version has a current one too.
func (j *judge) chained(set []placed, required []string) bool {
	current := files(set, func(h placed) bool { return contains(required, h.of.print) })
	for file := range files(set, func(h placed) bool { return !contains(required, h.of.print) }) {
		if !current[file] {
			return false
		}
	}
	return len(current) > 0
}

// files are the files of some of the certificates.
func files(set []placed, which func(placed) bool) map[string]bool {
	found := map[string]bool{}
	for _, h := range set {
		if !which(h) {
			continue
		}
		for line := range strings.SplitSeq(h.files.Value(), "\n") {
			file, _, _ := strings.Cut(line, "\t")
			found[file] = true
		}
	}
	return found
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

// dates finds the worst end of validity. A CA that has its successor beside it harms no one: of CAs
// it counts what the agent says.
func (j *judge) dates(set []placed, onCurrent bool) (verdict.Code, verdict.Severity) {
	worst, severity := verdict.Code(""), verdict.OK
	for _, h := range set {
		f := &h.of
		if h.flags.has(ignoresDates) || onCurrent && j.truth.known && !j.truth.isCurrent(f.print) {
			continue
		}
		code, s := found2(h.flags)
		if f.role == cert.Leaf {
			if c, more := j.lifetime(f.notBefore, f.notAfter); more > s {
				code, s = c, more
			}
		}
		if s > severity {
			worst, severity = code, s
		}
	}
	return worst, severity
}

// found2 is what the agent says about the dates.
func found2(f flags) (verdict.Code, verdict.Severity) {
	switch {
	case f.has(foundExpired):
		return verdict.Expired, verdict.Critical
	case f.has(foundExpiringSoon):
		return verdict.ExpiringSoon, verdict.Error
	case f.has(foundExpiring):
		return verdict.Expiring, verdict.Warning
	}
	return "", verdict.OK
}

// The parts of a lifetime that limit the thresholds, as on instances.
const (
	expiringPart     = 3
	expiringSoonPart = 10
)

// lifetime judges a validity as the agent does, for the time until it says it.
func (j *judge) lifetime(begins, ends int64) (verdict.Code, verdict.Severity) {
	if ends == 0 {
		return "", verdict.OK
	}
	life := seconds(min(ends-begins, math.MaxInt64/int64(time.Second)))
	switch left := seconds(min(ends-j.now, math.MaxInt64/int64(time.Second))); {
	case left < 0:
		return verdict.Expired, verdict.Critical
	case left < min(j.thresholds.ExpiringSoon, life/expiringSoonPart):
		return verdict.ExpiringSoon, verdict.Error
	case left < min(j.thresholds.Expiring, life/expiringPart):
		return verdict.Expiring, verdict.Warning
	}
	return "", verdict.OK
}

func seconds(n int64) time.Duration { return time.Duration(n) * time.Second }
