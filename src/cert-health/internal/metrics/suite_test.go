package metrics_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"cert-health/internal/cert"
	"cert-health/internal/metrics"
	"cert-health/internal/report"
	"cert-health/internal/scenario"
	"cert-health/internal/verdict"
)

func TestMetrics(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Metrics")
}

var now = time.Date(2026, 11, 22, 3, 4, 5, 0, time.UTC)

// deployed is a certificate in files of the job rep.
func deployed(pair *scenario.Pair, role cert.Role, locations ...cert.Location) cert.Deployed {
	return cert.Deployed{Certificate: pair.Noun(), Role: role, Locations: locations}
}

func at(file string, line int, form cert.Form) cert.Location {
	return cert.Location{Job: "rep", File: "/var/vcap/jobs/rep/" + file, Line: line, Form: form}
}

// judged is a report of what is deployed, as the agent would make it.
func judged(now time.Time, policy *verdict.Policy, references map[cert.Fingerprint]cert.Reference, found ...cert.Deployed) *report.Report {
	source := report.Source{Source: "vault", State: "ok", CheckedAt: now.Add(-time.Minute), Secrets: 14, Requests: 20, RequestsDay: 2880}
	if references == nil {
		source = report.Source{State: "none"}
	}
	return report.Build(report.Contents{
		Instance:  report.Instance{Deployment: "cf", Group: "diego-cell", ID: "c2a1", AZ: "z1", Address: "10.0.16.5"},
		CheckedAt: now, Duration: 12 * time.Millisecond, Source: source, Files: report.Files{With: 3, Without: 7},
		Deployed: found, References: references,
		Judgements: verdict.Judge(verdict.Facts{Deployed: found, References: references, Now: now}, policy),
	})
}

func policy() *verdict.Policy { return &verdict.Policy{Thresholds: verdict.DefaultThresholds()} }

// ended is a certificate that expired an hour ago.
func ended(name string) *scenario.Pair {
	return scenario.Issue(scenario.Spec{CommonName: name, NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.Add(-time.Hour)})
}

// well is one that is good for most of a year.
func well(name string) *scenario.Pair {
	return scenario.Issue(scenario.Spec{CommonName: name, NotBefore: now.AddDate(0, -1, 0), NotAfter: now.AddDate(1, 0, 0)})
}

func text(r *report.Report, o metrics.Options) string {
	GinkgoHelper()
	if o.Now.IsZero() {
		o.Now = now
	}
	var out bytes.Buffer
	Expect(metrics.Write(&out, r, o)).To(Succeed())
	return out.String()
}

// parsed parses metrics as Prometheus does.
func parsed(text string) map[string]*dto.MetricFamily {
	GinkgoHelper()
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(text))
	Expect(err).NotTo(HaveOccurred(), text)
	return families
}

// series are the samples of a metric by their labels, sorted; those of the VM left out.
func series(text, name string) map[string]float64 {
	GinkgoHelper()
	samples := map[string]float64{}
	for _, m := range parsed(text)[name].GetMetric() {
		var labels []string
		for _, pair := range m.GetLabel() {
			if !slices.Contains(metrics.InstanceLabels(), pair.GetName()) {
				labels = append(labels, fmt.Sprintf("%s=%q", pair.GetName(), pair.GetValue()))
			}
		}
		slices.Sort(labels)
		key := strings.Join(labels, ",")
		Expect(samples).NotTo(HaveKey(key), "the same series twice")
		samples[key] = m.GetGauge().GetValue() + m.GetCounter().GetValue()
	}
	return samples
}

// labels are the labels of all samples of a metric.
func labels(text, name string) []map[string]string {
	GinkgoHelper()
	var all []map[string]string
	for _, m := range parsed(text)[name].GetMetric() {
		one := map[string]string{}
		for _, pair := range m.GetLabel() {
			one[pair.GetName()] = pair.GetValue()
		}
		all = append(all, one)
	}
	return all
}
