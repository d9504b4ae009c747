package fleet

import (
	"fmt"
	"strings"
	"time"

	"cert-health/internal/verdict"
)

// plural writes the unit for a number.
func plural(n int, unit string) string {
	if n == 1 {
		return unit
	}
	return unit + "s"
}

// count writes a number with its unit.
func count(n int, unit string) string { return fmt.Sprintf("%d %s", n, plural(n, unit)) }

// list writes up to three names, and how many more there are.
func list(names []string) string {
	shown := names[:min(len(names), 3)]
	if more := len(names) - len(shown); more > 0 {
		return strings.Join(shown, ", ") + fmt.Sprintf(" and %d more", more)
	}
	if len(shown) < 2 {
		return strings.Join(shown, "")
	}
	last := len(shown) - 1
	return strings.Join(shown[:last], ", ") + " and " + shown[last]
}

// extent says on how many instances something is.
type extent struct {
	deployment string
	groups     []string // of the affected instances
	affected   int
	of         int // instances of these groups that should have it
	first      string
}

// String is "41 of 100 diego-cells", "diego-cell/0" or "41 of 203 instances of cf".
func (e extent) String() string {
	switch {
	case e.affected == 1 && e.of == 1:
		return e.first
	case len(e.groups) == 1:
		return fmt.Sprintf("%d of %d %s", e.affected, e.of, plural(e.of, e.groups[0]))
	}
	return fmt.Sprintf("%d of %d instances of %s", e.affected, e.of, e.deployment)
}

// clause is the certificates of a trouble, with a verb in singular or plural.
func clause(rows []*Row, one, many string) string {
	if len(rows) == 1 {
		return rows[0].Name + " " + one
	}
	return fmt.Sprintf("%d certificates %s", len(rows), many)
}

// what says what is wrong with certificates.
func what(rows []*Row, state State, expired bool, where extent, now time.Time) string {
	switch {
	case expired && state == AwaitingRestart:
		return clause(rows, "has", "have") + " expired in processes on " + where.String()
	case expired:
		return clause(rows, "expired", "expired") + " on " + where.String()
	}
	switch state {
	case AwaitingRenewal:
		return clause(rows, "expires", "expire") + " " + verdict.Relative(firstEnd(rows), now) + " on " + where.String()
	case AwaitingDeploy:
		return clause(rows, "is", "are") + " out of date on " + where.String()
	case AwaitingRestart:
		return clause(rows, "is", "are") + " not loaded by processes on " + where.String()
	case ByHand:
		return clause(rows, "was changed", "were changed") + " by hand on " + where.String()
	case RolledBack:
		return clause(rows, "is", "are") + " rolled back on " + where.String()
	case Unknown:
		return clause(rows, "is", "are") + " in no store any more, and still on " + where.String()
	}
	return clause(rows, "is", "are") + " current on " + where.String()
}

// firstEnd is when the first of the current versions ends.
func firstEnd(rows []*Row) (first time.Time) {
	for _, r := range rows {
		for _, v := range r.Versions {
			if v.Files > 0 && (first.IsZero() || v.NotAfter.Before(first)) && (v.Current || r.Current == nil) {
				first = v.NotAfter
			}
		}
	}
	return first
}

// because says why: what the store holds.
func because(rows []*Row, state State, expired bool, now time.Time) string {
	store := rows[0].StoreTitle
	if store == "" {
		store = "the store"
	}
	switch {
	case state == AwaitingRenewal && expired && rows[0].truth.known:
		return store + " holds nothing newer"
	case state == AwaitingRenewal && rows[0].truth.known:
		return store + " holds nothing newer yet"
	case state == AwaitingRenewal:
		return "no store is known that holds it"
	case state == AwaitingDeploy && !rows[0].truth.known:
		return "other instances have a newer one"
	case state == AwaitingDeploy || expired && state == AwaitingRestart && rows[0].truth.known:
		return "renewed in " + store + ago(written(rows), now)
	case state == RolledBack && rows[0].truth.rolledBack:
		return store + " went back to an older version" + ago(written(rows), now)
	case state == RolledBack:
		return "a newer one was there before"
	case state == ByHand:
		return store + " has never held it"
	case state == AwaitingRestart:
		return "the files have the current version, and processes still serve an older one"
	}
	return ""
}

// written is when the last of the current versions was written.
func written(rows []*Row) time.Time {
	last := int64(0)
	for _, r := range rows {
		last = max(last, r.truth.since)
	}
	return moment(last)
}

func ago(t, now time.Time) string {
	if t.IsZero() {
		return ""
	}
	return " " + verdict.Relative(t, now)
}

// which names the certificates: the secret of one, or the names of several.
func which(rows []*Row) string {
	if len(rows) > 1 {
		names := make([]string, len(rows))
		for i, r := range rows {
			names[i] = r.Name
		}
		return list(names)
	}
	r := rows[0]
	switch {
	case r.Store == "":
		return ""
	case r.truth.number > 0:
		return fmt.Sprintf("%s holds version %d", r.Store, r.truth.number)
	}
	return r.Store + " holds it"
}
