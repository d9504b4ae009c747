package metrics_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
	"cert-health/internal/metrics"
)

func contents(path string) string {
	GinkgoHelper()
	contents, err := os.ReadFile(path)
	Expect(err).NotTo(HaveOccurred())
	return string(contents)
}

// families are all metrics by their name.
func families() map[string]metrics.Family {
	all := map[string]metrics.Family{}
	for _, family := range metrics.Families() {
		all[family.Name] = family
	}
	return all
}

var metricName = regexp.MustCompile(`\b(x509|cert_health)_[a-z0-9_]*[a-z0-9]\b`)

var _ = Describe("the documentation of the metrics", func() {
	It("explains each metric with its type and its labels", func() {
		page := contents("../../../../docs/metrics.md")
		for name, family := range families() {
			row := regexp.MustCompile("(?m)^\\| `" + name + "` \\| " + string(family.Type) + ` \| (.*?) \| .*\|$`).FindStringSubmatch(page)
			Expect(row).NotTo(BeNil(), "%s is not in docs/metrics.md as a %s", name, family.Type)
			if strings.HasPrefix(name, "x509_cert_") {
				row[1] = page // below the table
			}
			for _, label := range family.Labels {
				Expect(row[1]).To(ContainSubstring("`"+label+"`"), name)
			}
			if len(family.Labels) == 0 {
				Expect(row[1]).To(Equal("none"), name)
			}
		}
	})

	It("names only metrics that exist, as do the rules, their tests and the dashboard", func() {
		files, err := filepath.Glob(manifests + "*")
		Expect(err).NotTo(HaveOccurred())
		Expect(files).To(HaveLen(3))
		for _, file := range append(files, "../../../../docs/metrics.md") {
			for _, name := range metricName.FindAllString(contents(file), -1) {
				Expect(slices.Sorted(maps.Keys(families()))).To(ContainElement(name), file)
			}
		}
	})

	It("agrees with the rules, their tests and the dashboard about the labels of the metrics", func() {
		selector := regexp.MustCompile(metricName.String() + `\{([^}]*)\}`)
		matcher := regexp.MustCompile(`([a-zA-Z_]\w*)\s*(=~|!=|!~|=)\s*\\?"`)
		// Prometheus's own, and one of somebody else's exporter in a test.
		foreign := []string{"instance", "job", "secret_name"}
		files, err := filepath.Glob(manifests + "*")
		Expect(err).NotTo(HaveOccurred())
		for _, file := range files {
			for _, found := range selector.FindAllStringSubmatch(contents(file), -1) {
				name, _, _ := strings.Cut(found[0], "{")
				known := slices.Concat(families()[name].Labels, metrics.InstanceLabels(), foreign)
				for _, label := range matcher.FindAllStringSubmatch(found[2], -1) {
					Expect(known).To(ContainElement(label[1]), "%s in %s", found[0], file)
				}
			}
		}
	})

	It("has a series for each state and each code in the schema of the report", func() {
		schema := contents("../../../../docs/report.schema.json")
		out := text(judged(now, policy(), map[cert.Fingerprint]cert.Reference{}), metrics.Options{})
		for metric, enumeration := range map[string]string{
			"cert_health_reference_certificates": `"state": \{"enum": (\["current"[^]]*\])`,
			"cert_health_problems":               `"code": \{"enum": (\["unverified"[^]]*\])`,
			"cert_health_findings":               `"code": \{\s*"enum": (\["expired"[^]]*\])`,
		} {
			found := regexp.MustCompile(enumeration).FindStringSubmatch(schema)
			Expect(found).NotTo(BeNil(), metric)
			var values []string
			Expect(json.Unmarshal([]byte(found[1]), &values)).To(Succeed())
			for _, value := range values {
				Expect(slices.Collect(maps.Keys(series(out, metric)))).To(ContainElement(ContainSubstring(`="`+value+`"`)), metric)
			}
		}
	})

	It("groups only by labels that some metric has", func() {
		var known []string
		for _, family := range metrics.Families() {
			known = append(known, family.Labels...)
		}
		known = slices.Concat(known, metrics.InstanceLabels(), []string{"instance"})
		grouping := regexp.MustCompile(`\b(?:by|on)\s*\(([^)]*)\)`)
		for _, file := range []string{"cert-health.rules.yml", "cert-health.dashboard.json"} {
			found := grouping.FindAllStringSubmatch(contents(manifests+file), -1)
			Expect(found).NotTo(BeEmpty())
			for _, group := range found {
				for label := range strings.SplitSeq(group[1], ",") {
					Expect(known).To(ContainElement(strings.TrimSpace(label)), "%s in %s", group[0], file)
				}
			}
		}
	})
})
