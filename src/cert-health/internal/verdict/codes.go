// Package verdict decides what is wrong with deployed certificates: pure functions from
// the deployed certificates, the references, a policy and a moment in time to findings.
// It does no I/O and reads no clock.
package verdict

import (
	"slices"

	"cert-health/internal/alert"
)

// Code is the kind of a finding or a problem. The list is closed: alerts and dashboards
// rely on it. docs/findings.md explains each code.
type Code string

// The codes, and no others. Each has a row in the table below.
const (
	Expired              Code = "expired"
	NotYetValid          Code = "not_yet_valid"
	ExpiringSoon         Code = "expiring_soon"
	Expiring             Code = "expiring"
	Stale                Code = "stale"
	Unexpected           Code = "unexpected"
	KeyMismatch          Code = "key_mismatch"
	Untrusted            Code = "untrusted"
	Weak                 Code = "weak"
	NotLoaded            Code = "not_loaded"
	Unverified           Code = "unverified"
	Unreadable           Code = "unreadable"
	OverBudget           Code = "over_budget"
	ReferenceUnavailable Code = "reference_unavailable"
)

// row is what is fixed about a code.
type row struct {
	code  Code
	title string      // what people read behind a number: "2 expiring soon"
	class alert.Class // empty: never part of an alert
	from  Severity    // the lowest severity that is part of an alert
	// moment is the point in time that its findings are about.
	moment Moment
	// words puts the finding of a certificate into words; nil for codes of problems alone,
	// which get their words where they are found.
	words func(*judge, subject) words
}

// table has one row for each code, the gravest first. Nothing writes to it.
var table = []row{
	{Expired, "expired", alert.Expired, Error, EndOfValidity, (*judge).expiredWords},
	{NotYetValid, "not yet valid", alert.Expired, Error, StartOfValidity, (*judge).notYetValidWords},
	{ExpiringSoon, "expiring soon", alert.Expiring, Warning, EndOfValidity, (*judge).expiringWords},
	{KeyMismatch, "with another private key", alert.Drift, Error, NoMoment, (*judge).mismatchWords},
	{Untrusted, "untrusted", alert.Drift, Error, NoMoment, (*judge).untrustedWords},
	{NotLoaded, "not loaded", alert.NotLoaded, Error, NoMoment, (*judge).notLoadedWords},
	{Stale, "stale", alert.Drift, Error, StartOfDrift, (*judge).staleWords},
	{Unexpected, "unexpected", alert.Drift, Error, StartOfDrift, (*judge).unexpectedWords},
	{Expiring, "expiring", alert.Expiring, Warning, EndOfValidity, (*judge).expiringWords},
	{Weak, "weak", "", OK, NoMoment, (*judge).weakWords},
	{Unverified, "unverified", alert.Unverified, Warning, NoMoment, nil},
	{Unreadable, "unreadable", "", OK, NoMoment, nil},
	{OverBudget, "over budget", alert.Unverified, Warning, NoMoment, nil},
	{ReferenceUnavailable, "not compared", "", OK, StartOfDrift, (*judge).unavailableWords},
}

// checks look for the faults of a certificate at one place. Each finds one fault at most.
var checks = []func(*judge, subject, place, Thresholds) *draft{
	(*judge).validity, (*judge).drift, (*judge).mismatch, (*judge).untrusted, (*judge).notLoaded, (*judge).weak,
}

// Codes lists all codes, the gravest first.
func Codes() []Code {
	codes := make([]Code, len(table))
	for i, row := range table {
		codes[i] = row.code
	}
	return codes
}

// rank is the position of a code in the table; behind all others for an unknown one, as
// in a report of a later release.
func (c Code) rank() int {
	if i := slices.IndexFunc(table, func(r row) bool { return r.code == c }); i >= 0 {
		return i
	}
	return len(table)
}

// row is the code's row; an empty one, which never alerts, for an unknown code.
func (c Code) row() row {
	if i := c.rank(); i < len(table) {
		return table[i]
	}
	return row{code: c, title: string(c)}
}

// Verified tells whether a finding of the code rests on verified signatures or on comparisons with
// other certificates, which a budget may end. NotLoaded rests on a handshake, which no budget of the
// verdict ends.
func (c Code) Verified() bool { return c == Untrusted || c == Weak }

// Title is the code in words, for people.
func (c Code) Title() string { return c.row().title }

// AlertClass is the class of alert to which a finding of that severity belongs; false if it
// is not part of an alert.
func (c Code) AlertClass(severity Severity) (alert.Class, bool) {
	row := c.row()
	return row.class, row.class != "" && severity >= row.from
}
