package terminal

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"cert-health/internal/report"
	"cert-health/internal/verdict"
)

// WriteInspection writes everything about every certificate, healthy or not, a
// paragraph each, with all the places at which it stands.
func WriteInspection(r *report.Report, w io.Writer, style Style) error {
	style.Width = max(style.Width, minWidth)
	out := bufio.NewWriter(w)
	t := table{Writer: out, report: r, style: style, palette: palette{on: style.Colour}}
	for _, c := range r.Certificates {
		t.inspection(&c)
	}
	t.problems()
	t.print("\n%s in %s\n", count(r.Summary.Certificates, "certificate"), count(r.Summary.Files, "file"))
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write the certificates: %w", err)
	}
	return nil
}

func (t *table) inspection(c *report.Certificate) {
	t.print("%s\n", t.palette.bold(report.Printable(c.Name)))
	for _, fact := range [][2]string{
		{"subject", c.Subject},
		{"issuer", c.Issuer},
		{"names", strings.Join(c.SANs, ", ")},
		{"valid", verdict.Stamp(c.NotBefore) + " to " + verdict.Stamp(c.NotAfter)},
		{"key", c.Key + ", signed with " + c.Signature},
		{"usages", strings.Join(append([]string{string(c.Role)}, c.Usages...), ", ")},
		{"serial", c.Serial},
		{"sha256", c.Fingerprint},
	} {
		if fact[1] != "" {
			t.print("%s", wrap("  "+fit{width: 10}.apply(fact[0]), report.Printable(fact[1]), t.style.Width))
		}
	}
	for _, location := range c.Locations {
		t.print("%s", wrap("  at        ", report.Printable(location.Place())+" as "+string(location.Form), t.style.Width))
	}
	for _, finding := range c.Findings {
		t.finding(finding)
	}
	t.print("\n")
}
