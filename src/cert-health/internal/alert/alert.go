// Package alert is the notice that a VM sends through bosh-agent to the Health
// Monitor: its words, within what those two let through, and the way back from
// them. The agent writes what the Health Monitor's plugin reads.
package alert

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Service is the name under which alerts are sent. bosh-agent begins the title
// with it.
const Service = "cert-health"

// Class is what an alert is about. A VM has at most one alert of each at a time.
type Class string

// The classes, and no others.
const (
	Expired   Class = "expired"
	Drift     Class = "drift"
	NotLoaded Class = "not_loaded"
	Expiring  Class = "expiring"
)

// Classes lists them, the gravest first.
func Classes() []Class { return []Class{Expired, Drift, NotLoaded, Expiring} }

// words are what a class is called within an alert.
func (c Class) words() string {
	switch c {
	case Drift:
		return "drift"
	case NotLoaded:
		return "not loaded"
	case Expiring:
		return "expiring"
	}
	return "expired"
}

// Severity is the Health Monitor's: 1 is an alert, 2 critical, 3 an error and 4 a
// warning.
func (a Alert) Severity() int {
	switch {
	case a.Cleared || a.Class == Expiring:
		return 4
	case a.Class == Expired:
		return 2
	}
	return 3
}

// FingerprintDigits is how much of a fingerprint an alert shows.
const FingerprintDigits = 12

// Item is one certificate in an alert, or whatever else ends.
type Item struct {
	Name        string
	Fingerprint string // the first FingerprintDigits hex digits of the SHA-256
	Place       string // "rep config/certs/server.crt:1 +2"
	Job         string // of the first place; empty outside the jobs, and after Parse
	Message     string
	Next        string
}

// Alert is all that is to be said of one class on one VM: the whole of it each
// time, so that a lost one is made good by the next.
type Alert struct {
	ID      string // unique; the Health Monitor drops a second one
	Class   Class
	Cleared bool   // the class is well again
	Items   []Item // the gravest first
	Total   int    // certificates concerned; more than Items when some were left out
	Created time.Time
}

// Event is the line from which bosh-agent derives the severity. Only names that it
// knows have one of their own; every other is severity 2 and costs an ERROR line in
// its log, which a pager's title is worth for what has expired and for nothing else.
func (a Alert) Event() string {
	switch {
	case a.Cleared:
		return "Checksum changed"
	case a.Class == Expired:
		return "Certificate expired"
	case a.Class == Expiring:
		return "Timestamp changed"
	}
	return "Content failed"
}

// Action is the rest of the title.
func (a Alert) Action() string {
	if a.Cleared {
		return "Certificates well again: none " + a.Class.words()
	}
	certificates := "1 certificate"
	if a.Total != 1 {
		certificates = fmt.Sprintf("%d certificates", a.Total)
	}
	if jobs := a.jobs(); jobs != "" {
		certificates += " of " + jobs
	}
	if a.Class == Expired {
		return certificates
	}
	return "Certificate " + a.Class.words() + ": " + certificates
}

// jobs names up to three of the jobs concerned.
func (a Alert) jobs() string {
	var jobs []string
	for _, item := range a.Items {
		if item.Job != "" && !slices.Contains(jobs, clean(item.Job, 60)) {
			jobs = append(jobs, clean(item.Job, 60))
		}
	}
	if len(jobs) > 3 {
		return strings.Join(jobs[:3], ", ") + " and others"
	}
	return strings.Join(jobs, ", ")
}
