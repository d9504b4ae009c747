package spec_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"gopkg.in/yaml.v3"
)

// promtool runs Prometheus' own tool. scripts/test installs it. Without it, the specs that need
// it are skipped.
func promtool(arguments ...string) {
	GinkgoHelper()
	if _, err := exec.LookPath("promtool"); err != nil {
		Skip("promtool is missing in PATH: scripts/require-promtool puts it into bin/tools")
	}
	out, err := run("promtool", arguments...)
	Expect(err).NotTo(HaveOccurred(), out)
}

func prometheusFile(name string) string { return filepath.Join(root, "manifests", "prometheus", name) }

// alertRule is an alert in a file of rules.
type alertRule struct {
	Alert       string            `yaml:"alert"`
	Expr        string            `yaml:"expr"`
	For         string            `yaml:"for"`
	Labels      map[string]string `yaml:"labels"`
	Annotations map[string]string `yaml:"annotations"`
}

func alertRules() []alertRule {
	GinkgoHelper()
	var file struct{ Groups []struct{ Rules []alertRule } }
	Expect(yaml.Unmarshal([]byte(read("manifests", "prometheus", "cert-health.rules.yml")), &file)).To(Succeed())
	var all []alertRule
	for _, group := range file.Groups {
		all = append(all, group.Rules...)
	}
	Expect(all).NotTo(BeEmpty())
	return all
}

var _ = Describe("the alert rules", func() {
	It("are valid for Prometheus", func() { promtool("check", "rules", prometheusFile("cert-health.rules.yml")) })

	It("fire as their unit tests expect", func() {
		promtool("test", "rules", prometheusFile("cert-health.rules.test.yml"))
	})

	It("each have a unit test in which they fire", func() {
		var file struct {
			Tests []struct {
				Alerts []struct {
					Name     string `yaml:"alertname"`
					Expected []any  `yaml:"exp_alerts"`
				} `yaml:"alert_rule_test"`
			}
		}
		Expect(yaml.Unmarshal([]byte(read("manifests", "prometheus", "cert-health.rules.test.yml")), &file)).To(Succeed())
		fired := map[string]bool{}
		for _, test := range file.Tests {
			for _, alert := range test.Alerts {
				fired[alert.Name] = fired[alert.Name] || len(alert.Expected) > 0
			}
		}
		for _, rule := range alertRules() {
			Expect(fired).To(HaveKeyWithValue(rule.Alert, true))
		}
	})

	It("have a delay, a severity, a summary, a description, a place and a next step", func() {
		for _, rule := range alertRules() {
			Expect(rule.For).NotTo(BeEmpty(), rule.Alert)
			Expect(rule.Labels["severity"]).To(BeElementOf("critical", "warning", "info"), rule.Alert)
			for _, annotation := range []string{"summary", "description", "next"} {
				Expect(rule.Annotations[annotation]).NotTo(BeEmpty(), "%s of %s", annotation, rule.Alert)
			}
			said := rule.Annotations["summary"] + rule.Annotations["description"]
			Expect(said).To(Or(ContainSubstring("$labels.instance"), ContainSubstring("$labels.bosh_deployment")), rule.Alert)
			for _, link := range regexp.MustCompile(`docs/[\w.]+`).FindAllString(rule.Annotations["next"], -1) {
				Expect(filepath.Join(root, strings.TrimSuffix(link, "."))).To(BeAnExistingFile())
			}
		}
	})

	It("use no average, which would hide the one certificate that ends tonight", func() {
		for _, file := range []string{"cert-health.rules.yml", "cert-health.dashboard.json"} {
			Expect(read("manifests", "prometheus", file)).NotTo(MatchRegexp(`\bavg(_over_time)?\s*(by|without)?\s*\(`), file)
		}
	})

	It("are checked in CI, which installs promtool", func() {
		Expect(read("scripts", "test")).To(ContainSubstring("scripts/require-promtool"))
	})
})

// dashboard is the part of a Grafana dashboard that the specs use.
type dashboard struct {
	UID        string
	Panels     []panel
	Templating struct{ List []struct{ Type string } }
}

type panel struct {
	ID          int
	Type, Title string
	Description string
	Datasource  struct{ UID string }
	GridPos     struct{ X, Y, W, H int }
	Targets     []struct{ Expr string }
}

func grafanaDashboard() dashboard {
	GinkgoHelper()
	var d dashboard
	Expect(json.Unmarshal([]byte(read("manifests", "prometheus", "cert-health.dashboard.json")), &d)).To(Succeed())
	return d
}

// withoutVariables replaces the variables of a query as Grafana does.
func withoutVariables(query string) string {
	return strings.NewReplacer("$deployment", "cf", "$group", "diego-cell", "$__rate_interval", "5m").Replace(query)
}

var _ = Describe("the dashboard", func() {
	It("has queries that Prometheus understands", func() {
		// promtool reads rules, so each query becomes a recording rule.
		var rules []map[string]string
		for _, panel := range grafanaDashboard().Panels {
			for i, target := range panel.Targets {
				query := withoutVariables(target.Expr)
				Expect(query).NotTo(ContainSubstring("$"), panel.Title)
				rules = append(rules, map[string]string{"record": fmt.Sprintf("panel:%d:%d", panel.ID, i), "expr": query})
			}
		}
		Expect(len(rules)).To(BeNumerically(">", 15))
		contents, err := yaml.Marshal(map[string]any{"groups": []any{map[string]any{"name": "dashboard", "rules": rules}}})
		Expect(err).NotTo(HaveOccurred())
		path := filepath.Join(GinkgoT().TempDir(), "dashboard.yml")
		Expect(os.WriteFile(path, contents, 0o600)).To(Succeed())
		promtool("check", "rules", path)
	})

	It("shows each number of faults that an alert is about", func() {
		queries := ""
		for _, panel := range grafanaDashboard().Panels {
			for _, target := range panel.Targets {
				queries += target.Expr + "\n"
			}
		}
		counted := regexp.MustCompile(`\((cert_health_\w+)\) > 0`).FindAllStringSubmatch(read("manifests", "prometheus", "cert-health.rules.yml"), -1)
		Expect(counted).To(ContainElement(ContainElement("cert_health_unverified")))
		for _, match := range counted {
			Expect(queries).To(ContainSubstring(match[1] + "{"))
		}
	})

	It("has a layout without overlaps, and works with any data source", func() {
		d := grafanaDashboard()
		Expect(d.UID).To(Equal("cert-health"))
		ids, cells := map[int]bool{}, map[[2]int]string{}
		for _, panel := range d.Panels {
			Expect(ids).NotTo(HaveKey(panel.ID), panel.Title)
			ids[panel.ID] = true
			for x := panel.GridPos.X; x < panel.GridPos.X+panel.GridPos.W; x++ {
				for y := panel.GridPos.Y; y < panel.GridPos.Y+panel.GridPos.H; y++ {
					Expect(cells).NotTo(HaveKey([2]int{x, y}), "%s overlaps another panel", panel.Title)
					Expect(x).To(BeNumerically("<", 24))
					cells[[2]int{x, y}] = panel.Title
				}
			}
			if panel.Type != "row" {
				Expect(panel.Datasource.UID).To(Equal("${datasource}"), panel.Title)
				Expect(panel.Description).NotTo(BeEmpty(), panel.Title)
				Expect(panel.Targets).NotTo(BeEmpty(), panel.Title)
			}
		}
		Expect(d.Templating.List[0].Type).To(Equal("datasource"))
	})
})
