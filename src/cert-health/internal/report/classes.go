package report

import (
	"fmt"
	"slices"
	"strings"

	"cert-health/internal/alert"
	"cert-health/internal/verdict"
)

// classOf tells in which alert and status file a finding belongs; none for what
// is worth a line in the report and nobody's sleep.
func classOf(f Finding) (alert.Class, bool) {
	switch f.Code {
	case verdict.Expired, verdict.NotYetValid:
		return alert.Expired, f.Severity >= verdict.Error
	case verdict.Stale, verdict.Unexpected, verdict.Untrusted, verdict.KeyMismatch:
		return alert.Drift, f.Severity >= verdict.Error
	case verdict.NotLoaded:
		return alert.NotLoaded, f.Severity >= verdict.Error
	case verdict.Expiring, verdict.ExpiringSoon:
		return alert.Expiring, f.Severity >= verdict.Warning
	}
	return "", false
}

// Concern is one finding of a class, with the certificate that it is about; none
// where it is about the agent's own credential.
type Concern struct {
	Certificate *Certificate
	Finding     Finding
}

// AllConcerns returns every finding of every certificate, the worst first.
func (r *Report) AllConcerns() []Concern {
	var concerns []Concern
	for i := range r.Certificates {
		for _, finding := range r.Certificates[i].Findings {
			concerns = append(concerns, Concern{Certificate: &r.Certificates[i], Finding: finding})
		}
	}
	slices.SortStableFunc(concerns, func(a, b Concern) int { return int(b.Finding.Severity - a.Finding.Severity) })
	return concerns
}

// Concerns returns what belongs to a class, the worst first.
func (r *Report) Concerns(class alert.Class) []Concern {
	all := r.AllConcerns()
	for _, p := range r.Problems {
		all = append(all, Concern{Finding: Finding{p.Code, p.Severity, p.Text(), p.Next}})
	}
	return slices.DeleteFunc(all, func(c Concern) bool {
		own, ok := classOf(c.Finding)
		return !ok || own != class
	})
}

// Key tells a concern from all others on the VM, and stays while it lasts.
func (c Concern) Key() string {
	if c.Certificate == nil {
		return string(c.Finding.Code) + " credential"
	}
	return c.Certificate.Fingerprint + " " + string(c.Finding.Code)
}

// Name is what people call the certificate, fit for a terminal and a log.
func (c Concern) Name() string {
	if c.Certificate == nil {
		return credentialName
	}
	return printable(c.Certificate.Name)
}

// credentialName is what a concern without a certificate is about.
const credentialName = "cert-health"

// Line is the concern in one line for people, without an end of line.
func (c Concern) Line() string {
	where := ""
	if c.Certificate != nil {
		where = " at " + printable(fullPlaces(c.Certificate))
	}
	return fmt.Sprintf("%s %s%s: %s; next: %s", c.Finding.Severity, c.Name(), where,
		printable(c.Finding.Message), printable(c.Finding.Next))
}

// Item is the concern in an alert.
func (c Concern) Item() alert.Item {
	item := alert.Item{Name: credentialName, Job: credentialName, Place: "its Vault credential", Message: c.Finding.Message, Next: c.Finding.Next}
	if c.Certificate != nil {
		item.Name, item.Fingerprint = c.Certificate.Name, c.Certificate.Fingerprint[:12]
		item.Place, item.Job = fullPlaces(c.Certificate), c.Certificate.Locations[0].Job
	}
	return item
}

// Lines are the concerns as a status file has them: empty when all is well.
func Lines(concerns []Concern) string {
	var lines strings.Builder
	for _, concern := range concerns {
		lines.WriteString(concern.Line() + "\n")
	}
	return lines.String()
}
