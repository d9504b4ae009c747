// Package alert is the text of the alerts that an agent sends through bosh-agent to the
// Health Monitor, and the way back from the text to the alert. Both stay within what
// bosh-agent and the Health Monitor let through. The agent writes the text; the Health
// Monitor's plugin reads it.
package alert

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Service is the name of the sender. bosh-agent begins the title with it.
const Service = "cert-health"

// FingerprintDigits is the number of hex digits of a fingerprint in an alert.
const FingerprintDigits = 12

// Item is one alert item: a certificate with a finding, or a problem.
type Item struct {
	Name        string
	Fingerprint string // the first FingerprintDigits hex digits of the SHA-256
	Place       string // "rep config/certs/server.crt:1 +2"
	Job         string // of the first place; empty outside the jobs, and after Parse
	Message     string // what is wrong, and why
	Next        string // the steps in one line
}

// Alert is everything about one class on one VM. It is complete each time, so that the
// next alert makes up for a lost one.
type Alert struct {
	ID      string // unique; the Health Monitor drops a second alert with the same ID
	Class   Class
	Cleared bool   // the class has no items any more
	Items   []Item // the gravest first
	Total   int    // number of items; higher than that of Items if some were left out
	Created time.Time
}

// Severity is the Health Monitor's: 1 is an alert, 2 critical, 3 an error and 4 a warning.
func (a Alert) Severity() int {
	if a.Cleared {
		return 4
	}
	return a.Class.row().severity
}

// Event is the line from which bosh-agent derives the severity. It knows a fixed list of
// names. Any other name gets severity 2 and an ERROR line in its log, so only the class of
// expired certificates uses one.
func (a Alert) Event() string {
	if a.Cleared {
		return "Checksum changed"
	}
	return a.Class.row().event
}

// wellAgain begins the action of an alert without items.
const wellAgain = "Certificates well again: "

// Action is the rest of the title.
func (a Alert) Action() string {
	words := a.Class.row().words
	if a.Cleared {
		return wellAgain + a.Class.row().well
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
	return "Certificate " + words + ": " + certificates
}

// jobs names the jobs of the items, up to three.
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
