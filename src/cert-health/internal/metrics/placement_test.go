package metrics_test

import (
	"fmt"
	"maps"
	"slices"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
	"cert-health/internal/metrics"
	"cert-health/internal/report"
	"cert-health/internal/scenario"
	"cert-health/internal/strict"
	"cert-health/internal/verdict"
)

const finding = "cert_health_placement_finding_timestamp_seconds"

var _ = Describe("the placements", func() {
	It("are listed one by one if they have a finding, and only then", func() {
		expired := ended("rep.service.cf.internal")
		r := judged(now, policy(), nil, deployed(well("well"), cert.Leaf, at("config/well.crt", 1, cert.PEM)),
			deployed(expired, cert.Leaf, at("config/tls.crt", 1, cert.PEM), at("config/rep.json", 3, cert.PEMJSON)))
		out := text(r, metrics.Options{})
		Expect(out).NotTo(ContainSubstring("well.crt"))
		serial := fmt.Sprintf(`serial_number="%s"`, expired.X509.SerialNumber)
		Expect(series(out, finding)).To(Equal(map[string]float64{
			fmt.Sprintf(`bosh_release_job_name="rep",code="expired",filepath="/var/vcap/jobs/rep/config/tls.crt",fingerprint=%q,`+
				`name="rep.service.cf.internal",role="leaf",%s,severity="critical"`, expired.Fingerprint().String()[:12], serial): float64(now.Unix() - 3600),
			fmt.Sprintf(`bosh_release_job_name="rep",code="expired",embedded_key="line 3",embedded_kind="pem-json",`+
				`filepath="/var/vcap/jobs/rep/config/rep.json",fingerprint=%q,name="rep.service.cf.internal",role="leaf",%s,severity="critical"`,
				expired.Fingerprint().String()[:12], serial): float64(now.Unix() - 3600),
		}))
		Expect(series(out, "x509_cert_not_after")).To(HaveLen(2))
		Expect(series(text(r, metrics.Options{All: true}), "x509_cert_not_after")).To(HaveLen(3), "with All the healthy one too")
	})

	It("are not listed for findings of severity info, such as drift within its grace", func() {
		fresh := well("fresh")
		references := map[cert.Fingerprint]cert.Reference{fresh.Fingerprint(): {State: cert.Stale, Since: now.Add(-time.Hour)}}
		r := judged(now, policy(), references, deployed(fresh, cert.Leaf, at("a.crt", 1, cert.PEM)))
		out := text(r, metrics.Options{})
		Expect(series(out, finding)).To(BeEmpty())
		Expect(series(out, "cert_health_findings")).To(HaveKeyWithValue(`code="stale",severity="info"`, 1.0))
		Expect(series(text(r, metrics.Options{All: true}), finding)).To(HaveLen(1))
	})

	DescribeTable("have the time of the finding as their value", func(code verdict.Code, change func(*report.Certificate), moment float64) {
		r := judged(now, policy(), nil, deployed(well("a"), cert.Leaf, at("a.crt", 1, cert.PEM)))
		c := &r.Certificates[0]
		c.Findings = []report.Finding{{Code: code, Severity: verdict.Error}}
		c.NotBefore, c.NotAfter = time.Unix(1000, 0), time.Unix(2000, 0)
		change(c)
		values := slices.Collect(maps.Values(series(text(r, metrics.Options{}), finding)))
		Expect(values).To(Equal([]float64{moment}))
	},
		Entry("the end of validity", verdict.Expiring, func(*report.Certificate) {}, 2000.0),
		Entry("the start of validity", verdict.NotYetValid, func(*report.Certificate) {}, 1000.0),
		Entry("the start of the drift", verdict.Stale, func(c *report.Certificate) { c.Reference = &report.Reference{Since: time.Unix(1500, 0)} }, 1500.0),
		Entry("0 if the start is unknown", verdict.Unexpected, func(c *report.Certificate) { c.Reference = &report.Reference{} }, 0.0),
		Entry("0 without a reference", verdict.Stale, func(*report.Certificate) {}, 0.0),
		Entry("0 for a finding without a time", verdict.Weak, func(*report.Certificate) {}, 0.0),
	)

	It("have a known time for each code", func() {
		const start, end, drift = 1000.0, 2000.0, 1500.0
		expected := map[verdict.Code]float64{
			verdict.Expired: end, verdict.ExpiringSoon: end, verdict.Expiring: end, verdict.NotYetValid: start,
			verdict.Stale: drift, verdict.Unexpected: drift, verdict.ReferenceUnavailable: drift,
			verdict.KeyMismatch: 0, verdict.Untrusted: 0, verdict.Weak: 0, verdict.NotLoaded: 0, verdict.Unverified: 0, verdict.Unreadable: 0, verdict.OverBudget: 0,
		}
		times := map[verdict.Code]float64{}
		for _, code := range verdict.Codes() {
			r := &report.Report{Certificates: []report.Certificate{{
				Findings: []report.Finding{{Code: code, Severity: verdict.Error}}, Locations: []report.Location{{File: "/a"}},
				NotBefore: time.Unix(start, 0), NotAfter: time.Unix(end, 0), Reference: &report.Reference{Since: time.Unix(drift, 0)},
			}}}
			for _, value := range series(text(r, metrics.Options{}), finding) {
				times[code] = value
			}
		}
		Expect(times).To(Equal(expected))
	})

	It("are limited, the worst first, and a metric counts those left out", func() {
		var found []cert.Deployed
		for i := range 5000 {
			pair := ended
			if i >= 20 {
				pair = func(name string) *scenario.Pair { return soon }
			}
			one := deployed(pair(fmt.Sprint(i)), cert.Leaf, at(fmt.Sprintf("%d.crt", i), 1, cert.PEM))
			copied := *one.Certificate
			copied.Fingerprint = cert.Fingerprint{byte(i), byte(i >> 8), 1}
			one.Certificate = &copied
			found = append(found, one)
		}
		r := judged(now, policy(), nil, found...)
		out := text(r, metrics.Options{All: true})
		Expect(series(out, "x509_cert_not_after")).To(HaveLen(metrics.DefaultMaxPlacements))
		Expect(series(out, "cert_health_placements_left_out")).To(HaveKeyWithValue("", 4500.0))
		Expect(series(out, "cert_health_findings")).To(HaveKeyWithValue(`code="expired",severity="critical"`, 20.0))
		Expect(len(out)).To(BeNumerically("<", 1<<20))

		out = text(r, metrics.Options{MaxPlacements: 20})
		Expect(series(out, finding)).To(HaveLen(20))
		for _, found := range labels(out, finding) {
			Expect(found).To(HaveKeyWithValue("code", "expired"))
		}
	})

	It("get a label that differs if all others are equal, as in the exporter", func() {
		ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true, NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.Add(-time.Hour)})
		twice := deployed(ca, cert.CA, at("ca.crt", 1, cert.PEM), at("ca.crt", 30, cert.PEM), at("other.crt", 1, cert.PEM))
		other := twice
		copied := *twice.Certificate // the same names and serial number, and another certificate
		copied.Fingerprint = cert.Fingerprint{1}
		other.Certificate, other.Locations = &copied, []cert.Location{at("ca.crt", 60, cert.PEM)}
		out := text(judged(now, policy(), nil, twice, other), metrics.Options{})
		Expect(series(out, "x509_cert_expired")).To(HaveLen(4))
		Expect(series(out, finding)).To(HaveLen(4))
		discriminators := map[string]bool{}
		for _, found := range labels(out, "x509_cert_expired") {
			if found["filename"] == "other.crt" {
				Expect(found).NotTo(HaveKey("discriminator"))
				continue
			}
			Expect(found["discriminator"]).To(MatchRegexp("^[0-9a-f]{8}$"))
			discriminators[found["discriminator"]] = true
		}
		Expect(discriminators).To(HaveLen(3))
	})

	It("are not listed for ignored findings, so that no rule on dates reports them", func() {
		ignoring := policy()
		ignoring.Ignore = []verdict.Ignore{{Scope: verdict.Scope{File: "/var/vcap/jobs/rep/old.crt", Codes: []verdict.Code{verdict.Expired}},
			Reason: "decommissioned", Until: strict.Date{End: now.AddDate(0, 1, 0)}}}
		r := judged(now, ignoring, nil, deployed(ended("old"), cert.Leaf, at("old.crt", 1, cert.PEM), at("new.crt", 1, cert.PEM)))
		for _, all := range []bool{false, true} {
			out := text(r, metrics.Options{All: all})
			Expect(out).NotTo(ContainSubstring("old.crt"))
			Expect(series(out, "x509_cert_not_after")).To(HaveLen(1))
			Expect(series(out, "cert_health_ignored_findings")).To(HaveKeyWithValue("", 1.0))
		}
	})
})

// soon is one certificate that is about to end; to issue thousands would take its time.
var soon = scenario.Issue(scenario.Spec{CommonName: "soon", NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.Add(time.Hour)})
