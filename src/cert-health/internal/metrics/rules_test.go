package metrics_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"gopkg.in/yaml.v3"

	"cert-health/internal/cert"
	"cert-health/internal/metrics"
)

const manifests = "../../../../manifests/prometheus/"

// exporterRules say what the rules of x509-certificate-exporter v4.2.0 say of files, with its
// defaults (chart/templates/prometheusrule.yaml, and prometheusRules in chart/values.yaml).
const exporterRules = `
groups:
  - name: exporter
    rules:
      - {alert: SourceErrors, expr: 'sum without (reason) (increase(x509_source_errors_total[15m])) > 5', for: 5m}
      - {alert: SourceErrorsSustained, expr: 'sum without (reason) (increase(x509_source_errors_total[15m])) > 5', for: 30m}
      - {alert: SourceDown, expr: 'x509_source_up == 0', for: 5m}
      - {alert: CertificateRenewal, expr: 'x509_cert_not_after - time() < 28 * 86400 and x509_cert_not_after > time()', for: 15m}
      - {alert: CertificateExpiration, expr: 'x509_cert_not_after - time() < 14 * 86400', for: 15m}
      - {alert: CertificateNotYetValid, expr: 'x509_cert_not_before > time()', for: 15m}
`

// question is what promtool has to find true at one time.
type question struct {
	Expr    string   `yaml:"expr"`
	At      string   `yaml:"eval_time"`
	Samples []sample `yaml:"exp_samples"`
}

type sample struct {
	Labels string  `yaml:"labels"`
	Value  float64 `yaml:"value"`
}

// firing asks which alerts fire, as name and certificate.
func firing(at string, alerts ...string) question {
	q := question{Expr: `count by (alertname, subject_CN, name) (ALERTS{alertstate="firing"})`, At: at}
	for _, alert := range alerts {
		name, of, _ := strings.Cut(alert, " ")
		labels := fmt.Sprintf(`{alertname=%q}`, name)
		switch {
		case of != "" && strings.HasPrefix(name, "CertHealth") && name != "CertHealthUnwatchedExpiry":
			labels = fmt.Sprintf(`{alertname=%q,name=%q}`, name, of)
		case of != "":
			labels = fmt.Sprintf(`{alertname=%q,subject_CN=%q}`, name, of)
		}
		q.Samples = append(q.Samples, sample{labels, 1})
	}
	return q
}

// lasting are the alerts that fire from a quarter of an hour on.
func lasting() []string {
	return []string{"CertificateExpiration ended", "CertificateExpiration soon", "CertificateRenewal soon", "CertificateRenewal later",
		"CertificateNotYetValid future", "CertHealthExpired ended", "CertHealthExpiringSoon soon", "CertHealthNotYetValid future"}
}

// answer asks for one number after half an hour.
func answer(expr string, value float64) question {
	return question{Expr: expr, At: "30m", Samples: []sample{{"{}", value}}}
}

var _ = Describe("the alert rules, with the metrics of the agent", func() {
	It("fire for what is wrong and only for that, ours and the exporter's", func() {
		dir := GinkgoT().TempDir()
		Expect(os.WriteFile(filepath.Join(dir, "exporter.yml"), []byte(exporterRules), 0o600)).To(Succeed())
		ours, err := filepath.Abs(manifests + "cert-health.rules.yml")
		Expect(err).NotTo(HaveOccurred())
		var input []map[string]string
		for series, values := range day(90, 30) {
			input = append(input, map[string]string{"series": series, "values": strings.Join(values, " ")})
		}
		slices.SortFunc(input, func(a, b map[string]string) int { return strings.Compare(a["series"], b["series"]) })
		test, err := yaml.Marshal(map[string]any{
			"rule_files": []string{"exporter.yml", ours}, "evaluation_interval": "1m",
			"tests": []any{map[string]any{"interval": "1m", "input_series": input, "promql_expr_test": []question{
				firing("3m"),
				firing("29m", append(lasting(), "SourceErrors")...),
				firing("38m", append(lasting(), "SourceErrors", "SourceErrorsSustained")...),
				firing("85m", append(lasting(), "CertHealthExpiring later", "SourceDown", "CertHealthSourceDown", "CertHealthAgentSilent",
					"CertHealthUnwatchedExpiry ended", "CertHealthUnwatchedExpiry soon")...),
				// What the panels of the exporter's dashboard ask of files
				// (chart/grafana-dashboards/x509-certificate-exporter.json there).
				answer("count(x509_cert_not_after)", 4),
				answer("sum((x509_cert_not_after - time()) / 86400 < bool 0)", 1),
				answer("sum(0 < (x509_cert_not_after - time()) / 86400 < bool 7)", 1),
				answer(`count(x509_cert_not_after{filepath!="",embedded_key=""})`, 4),
				answer(`count((x509_cert_not_after{filepath!=""} - x509_cert_not_before) / 86400 > 0)`, 4),
				answer(`count(count by (issuer_CN) (x509_cert_not_after))`, 4),
				answer(`count(count by (instance) (x509_cert_not_after{filepath!=""}))`, 1),
				answer("sum(x509_source_errors_total > bool 0)", 1),
			}}},
		})
		Expect(err).NotTo(HaveOccurred())
		Expect(os.WriteFile(filepath.Join(dir, "test.yml"), test, 0o600)).To(Succeed())
		out, err := promtool("", "test", "rules", filepath.Join(dir, "test.yml"))
		Expect(err).NotTo(HaveOccurred(), out)
	})

	It("read metrics that promtool accepts", func() {
		r := judged(now, policy(), nil, deployed(ended("rep"), cert.Leaf, at("a.crt", 1, cert.PEM)))
		out, err := promtool(text(r, metrics.Options{All: true, State: metrics.State{Version: "1", Scanned: now, Served: true}}), "check", "metrics")
		Expect(err).NotTo(HaveOccurred(), out)
		Expect(out).To(BeEmpty())
	})
})
