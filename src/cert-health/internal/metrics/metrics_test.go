package metrics_test

import (
	"errors"
	"slices"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
	"cert-health/internal/metrics"
	"cert-health/internal/report"
	"cert-health/internal/verdict"
)

var _ = Describe("Write", func() {
	var (
		r     *report.Report
		state metrics.State
	)

	BeforeEach(func() {
		stale, gone := well("stale.cf.internal"), ended("gone.cf.internal")
		r = judged(now, policy(), map[cert.Fingerprint]cert.Reference{
			stale.Fingerprint(): {State: cert.Stale, Mount: "secret/", Path: "cf/stale", Since: now.Add(-48 * time.Hour)},
			gone.Fingerprint():  {State: cert.Unknown},
		}, deployed(stale, cert.Leaf, at("config/a.crt", 1, cert.PEM)), deployed(gone, cert.Leaf, at("config/b.crt", 1, cert.PEM)),
			deployed(well("well.cf.internal"), cert.Leaf, at("config/c.crt", 1, cert.PEM)))
		r.Problems = append(r.Problems, report.Problem{Code: verdict.ExpiringSoon, Severity: verdict.Error, Message: "the secret id ends"})
		state = metrics.State{Version: "1.2.3", Scanned: now.Add(-30 * time.Second), Requests: 42}
	})

	It("does not call a source down that was not asked yet", func() {
		r.Reference.State = "not_asked"
		Expect(series(text(r, metrics.Options{State: state}), "cert_health_reference_up")).To(BeEmpty())
		r.Reference.State = "unavailable"
		Expect(series(text(r, metrics.Options{State: state}), "cert_health_reference_up")).To(HaveKeyWithValue(`source="vault"`, 0.0))
	})

	It("describes the VM, healthy certificates included", func() {
		out := text(r, metrics.Options{State: state})
		Expect(series(out, "cert_health_last_success_timestamp_seconds")).To(Equal(map[string]float64{
			`source="files"`: float64(now.Unix() - 30), `source="vault"`: float64(now.Unix() - 60)}))
		Expect(series(out, "cert_health_scan_duration_seconds")).To(HaveKeyWithValue("", 0.012))
		Expect(series(out, "cert_health_files")).To(HaveKeyWithValue(`outcome="with_certificates"`, 3.0))
		Expect(series(out, "cert_health_certificates")).To(Equal(map[string]float64{`severity="ok"`: 1, `severity="info"`: 0,
			`severity="warning"`: 0, `severity="error"`: 1, `severity="critical"`: 1}))
		Expect(series(out, "cert_health_placements")).To(HaveKeyWithValue("", 3.0))
		Expect(series(out, "cert_health_problems")).To(HaveKeyWithValue(`code="expiring_soon"`, 1.0))
		Expect(series(out, "cert_health_reference_up")).To(HaveKeyWithValue(`source="vault"`, 1.0))
		Expect(series(out, "cert_health_reference_certificates")).To(And(HaveKeyWithValue(`state="stale"`, 1.0),
			HaveKeyWithValue(`state="unknown"`, 1.0), HaveKeyWithValue(`state="not_compared"`, 1.0), HaveKeyWithValue(`state="current"`, 0.0)))
		Expect(series(out, "cert_health_vault_requests_total")).To(HaveKeyWithValue("", 42.0))
		Expect(series(out, "cert_health_vault_requests_last_day")).To(HaveKeyWithValue("", 2880.0))
		Expect(series(out, "cert_health_vault_secrets")).To(HaveKeyWithValue("", 14.0))
		Expect(labels(out, "cert_health_build_info")[0]).To(HaveKeyWithValue("version", "1.2.3"))
	})

	It("does not count the VM's own certificates as not compared", func() {
		r.Certificates = slices.Clone(r.Certificates)
		for i := range r.Certificates {
			if r.Certificates[i].Reference == nil {
				r.Certificates[i].Locations = []report.Location{{File: "/var/vcap/bosh/settings.json", Class: cert.AgentFile}}
			}
		}
		Expect(series(text(r, metrics.Options{State: state}), "cert_health_reference_certificates")).To(
			And(HaveKeyWithValue(`state="stale"`, 1.0), HaveKeyWithValue(`state="not_compared"`, 0.0)))
	})

	It("names the VM in every series with the labels of bosh_exporter", func() {
		for name, family := range parsed(text(r, metrics.Options{State: state})) {
			for _, found := range labels(text(r, metrics.Options{State: state}), name) {
				Expect(found).To(And(HaveKeyWithValue("bosh_deployment", "cf"), HaveKeyWithValue("bosh_job_name", "diego-cell"),
					HaveKeyWithValue("bosh_job_id", "c2a1")), family.GetName())
				Expect(found).NotTo(Or(HaveKey("job"), HaveKey("instance")), "these are Prometheus's own")
			}
		}
	})

	It("counts findings by code and severity, with zeros", func() {
		counts := series(text(r, metrics.Options{State: state}), "cert_health_findings")
		Expect(counts).To(HaveLen(len(verdict.Codes()) * len(verdict.Severities())))
		Expect(counts).To(And(HaveKeyWithValue(`code="expired",severity="critical"`, 1.0), HaveKeyWithValue(`code="stale",severity="error"`, 1.0),
			HaveKeyWithValue(`code="not_loaded",severity="error"`, 0.0)))
	})

	It("has the earliest end of the certificates that are still valid", func() {
		Expect(series(text(r, metrics.Options{State: state}), "cert_health_next_expiry_timestamp_seconds")).To(
			Equal(map[string]float64{`role="leaf"`: float64(now.AddDate(1, 0, 0).Unix())}))
	})

	It("has no metrics of Vault without Vault, and none of served certificates without handshakes", func() {
		out := text(judged(now, policy(), nil, deployed(well("a"), cert.Leaf, at("a", 1, cert.PEM))), metrics.Options{State: state})
		Expect(out).NotTo(Or(ContainSubstring("cert_health_reference"), ContainSubstring("vault_secrets"), ContainSubstring("served"),
			ContainSubstring(`source="vault"`)))
		state.Served = true
		Expect(series(text(r, metrics.Options{State: state}), "cert_health_served_drift_certificates")).To(HaveKeyWithValue("", 0.0))
		r.Certificates[0].Served, r.Certificates[1].Served = &report.ServedSummary{State: report.NotLoaded}, &report.ServedSummary{State: report.Loaded}
		Expect(series(text(r, metrics.Options{State: state}), "cert_health_served_drift_certificates")).To(HaveKeyWithValue("", 1.0))
	})

	It("has only metrics of the agent itself before the first report", func() {
		families := parsed(text(nil, metrics.Options{}))
		Expect(families).To(HaveLen(4))
		Expect(families).To(And(HaveKey("cert_health_build_info"), HaveKey("x509_source_errors_total"), HaveKey("cert_health_vault_requests_total")))
		Expect(families["x509_source_up"].GetMetric()[0].GetGauge().GetValue()).To(Equal(0.0))
	})

	DescribeTable("x509_source_up is 1 while scans are completed", func(change func(*metrics.State), up float64) {
		change(&state)
		Expect(series(text(r, metrics.Options{State: state}), "x509_source_up")).To(Equal(map[string]float64{`source_kind="file",source_name="jobs"`: up}))
	},
		Entry("just now", func(*metrics.State) {}, 1.0),
		Entry("14 minutes ago", func(s *metrics.State) { s.Scanned = now.Add(-14 * time.Minute) }, 1.0),
		Entry("15 minutes ago", func(s *metrics.State) { s.Scanned = now.Add(-15 * time.Minute) }, 0.0),
		Entry("never", func(s *metrics.State) { s.Scanned = time.Time{} }, 0.0),
		Entry("a moment ago, but the last scan failed", func(s *metrics.State) { s.Failing = true }, 0.0),
	)

	It("writes the same bytes again: each metric once, with HELP and TYPE, in the order of the list", func() {
		first := text(r, metrics.Options{State: state, All: true})
		for range 20 {
			Expect(text(r, metrics.Options{State: state, All: true})).To(Equal(first))
		}
		var order []string
		for line := range strings.Lines(first) {
			if name, found := strings.CutPrefix(line, "# TYPE "); found {
				order = append(order, strings.Fields(name)[0])
			}
		}
		var expected []string
		for _, family := range metrics.Families() {
			if family.Name != "cert_health_served_drift_certificates" {
				expected = append(expected, family.Name)
			}
		}
		Expect(order).To(Equal(expected))
	})

	It("returns the error of the writer", func() {
		Expect(metrics.Write(full{}, r, metrics.Options{Now: now})).To(MatchError(ContainSubstring("write the metrics: no space")))
	})
})

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space") }
