package terminal

import (
	"fmt"
	"io"
	"strings"

	"cert-health/internal/report"
	"cert-health/internal/verdict"
)

// WriteInspection writes everything about every certificate, healthy or not: one paragraph
// each, with all its locations.
func WriteInspection(r *report.Report, w io.Writer, style Style) error {
	style.Verbose = true
	t := newTable(r, w, style)
	for i := range r.Certificates {
		t.inspection(&r.Certificates[i])
	}
	t.problems()
	t.print("\n%s in %s: %s\n", count(r.Summary.Certificates, "certificate"), count(r.Summary.Files, "file"), tally(r))
	if err := t.Flush(); err != nil {
		return fmt.Errorf("write the certificates: %w", err)
	}
	return nil
}

// validity is from when until when a certificate is valid. The beginning may be unknown.
func validity(c *report.Certificate) string {
	from, until := verdict.Stamp(c.NotBefore)+" to ", verdict.Stamp(c.NotAfter)
	if c.NotBefore.IsZero() {
		from = "until "
	}
	if verdict.Endless(c.NotAfter) {
		until += ", which means that it never expires"
	}
	return from + until
}

func (t *table) inspection(c *report.Certificate) {
	name := c.Name
	if len(c.Findings) > 0 {
		name += " " + codes(c)
	}
	t.print("%s\n", t.palette.bold(report.Printable(name)))
	for _, fact := range [][2]string{
		{"subject", c.Subject},
		{"issuer", c.Issuer},
		{"names", strings.Join(c.SANs, ", ")},
		{"valid", validity(c)},
		{"key", c.Key + ", signed with " + c.Signature},
		{"usages", strings.Join(append([]string{string(c.Role)}, c.Usages...), ", ")},
		{"serial", c.Serial},
		{"sha256", c.Fingerprint},
	} {
		if fact[1] != "" {
			t.entry(fact[0], fact[1])
		}
	}
	for _, location := range c.Locations {
		t.entry("at", location.Place()+" as "+string(location.Form))
	}
	for _, finding := range c.Findings {
		t.finding(finding)
	}
	t.print("\n")
}
