package report_test

import (
	"slices"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/alert"
	"cert-health/internal/cert"
	"cert-health/internal/report"
	"cert-health/internal/report/sample"
	"cert-health/internal/verdict"
)

// family makes a report of a leaf, its intermediate and their root, which all expired. The leaf
// ended first, and its name comes first.
func family() *report.Report {
	c := sample.Contents()
	c.Deployed, c.Judgements, c.Problems, c.Ignored, c.Looked = nil, nil, nil, nil, false
	add := func(name, issuer string, role cert.Role, codes ...verdict.Code) {
		n := len(c.Deployed)
		c.Deployed = append(c.Deployed, cert.Deployed{Role: role,
			Certificate: &cert.Certificate{Fingerprint: cert.Fingerprint{byte(n + 1)}, CommonName: name, Subject: "CN=" + name, Issuer: "CN=" + issuer,
				NotAfter: now.Add(time.Duration(n-10) * time.Hour)},
			Locations: []cert.Location{{Job: "rep", File: "/var/vcap/jobs/rep/" + name, Form: cert.PEM}}})
		j := verdict.Judgement{}
		for _, code := range codes {
			j.Findings = append(j.Findings, verdict.Finding{Code: code, Severity: verdict.Error, Message: string(code)})
		}
		c.Judgements = append(c.Judgements, j)
	}
	add("a leaf", "b intermediate", cert.Leaf, verdict.Expired, verdict.Stale)
	add("b intermediate", "c root", cert.CA, verdict.Expired)
	add("c root", "c root", cert.Trust, verdict.Expired, verdict.Stale)
	add("d healthy", "c root", cert.CA)
	return report.Build(c)
}

var _ = Describe("The order", func() {
	It("puts a CA before what it signed, in the report, the status files and the alerts", func() {
		r := family()
		var names []string
		for _, c := range r.Certificates {
			names = append(names, c.Name)
		}
		Expect(names).To(Equal([]string{"c root", "b intermediate", "a leaf", "d healthy"}))
		lines := strings.Split(report.Lines(r.Items(alert.Expired)), "\n")
		Expect(lines[0]).To(HavePrefix("error c root at "))
		Expect(lines[1]).To(HavePrefix("error b intermediate at "))
		Expect(lines[2]).To(HavePrefix("error a leaf at "))
		Expect(report.Lines(r.Items(alert.Drift))).To(HavePrefix("error c root at "))
	})

	It("puts the gravest first all the same", func() {
		r := family()
		for i := range r.Certificates {
			if r.Certificates[i].Name == "a leaf" {
				r.Certificates[i].Findings[0].Severity = verdict.Critical
			}
		}
		Expect(report.Lines(r.Items(alert.Expired))).To(HavePrefix("critical a leaf at "))
	})

	It("ends for CAs that name each other as issuers, or themselves", func() {
		named := func(subject, issuer string) report.Certificate {
			return report.Certificate{Fingerprint: subject + issuer, Subject: subject, Issuer: issuer, Role: cert.CA}
		}
		circle := []report.Certificate{named("a", "b"), named("b", "a"), named("c", "c"), named("", "")}
		Expect(report.Generations(circle)).To(Equal(map[string]int{"ab": report.LeafGeneration - 1, "ba": report.LeafGeneration - 1, "cc": 0, "": 0}))
		crossed := []report.Certificate{named("root", "root"), named("root", "old"), named("old", "old"), named("intermediate", "root")}
		slices.Reverse(crossed)
		Expect(report.Generations(crossed)).To(Equal(map[string]int{"rootroot": 0, "oldold": 0, "rootold": 1, "intermediateroot": 2}))
	})
})
