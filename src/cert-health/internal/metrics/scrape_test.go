package metrics_test

import (
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
	"cert-health/internal/discover"
	"cert-health/internal/metrics"
	"cert-health/internal/scenario"
)

// promtool runs Prometheus's own tool.
func promtool(stdin string, arguments ...string) (string, error) {
	GinkgoHelper()
	if _, err := exec.LookPath("promtool"); err != nil {
		Skip("promtool is missing in PATH: scripts/require-promtool puts it into bin/tools")
	}
	command := exec.Command("promtool", arguments...)
	command.Stdin = strings.NewReader(stdin)
	out, err := command.CombinedOutput()
	return string(out), err
}

// day is a VM in the first hours of 1970, where promtool's clock begins, scraped once a minute.
// From the minute hung on its agent hangs, and goes on answering scrapes.
func day(minutes, hung int) map[string][]string {
	epoch := time.Unix(0, 0).UTC()
	issue := func(name string, lifetime, left time.Duration) *scenario.Pair {
		return scenario.Issue(scenario.Spec{CommonName: name, NotBefore: epoch.Add(left - lifetime), NotAfter: epoch.Add(left)})
	}
	const year = 365 * 24 * time.Hour
	var found []cert.Deployed
	for i, pair := range []*scenario.Pair{issue("ended", year, 10*time.Minute), issue("soon", year, 5*24*time.Hour),
		issue("later", year, 20*24*time.Hour), issue("future", year, year+2*time.Hour), issue("daily", 24*time.Hour, 20*time.Hour), issue("well", year, 300*24*time.Hour)} {
		found = append(found, deployed(pair, cert.Leaf, at(fmt.Sprintf("config/%d.crt", i), 1, cert.PEM)))
	}
	e := metrics.Exporter{}
	var state metrics.State
	scraped := map[string][]string{}
	for minute := range minutes {
		at := epoch.Add(time.Duration(minute) * time.Minute)
		if minute <= hung {
			state.Scanned = at
			state.Errors.Scanned([]discover.Problem{{Kind: discover.Access, Reason: "permission denied"}})
			e.Set(judged(at, policy(), nil, found...), state)
		}
		e.Now = func() time.Time { return at }
		var out strings.Builder
		Expect(e.Write(&out)).To(Succeed())
		collect(scraped, minute, out.String())
	}
	return scraped
}

// collect appends what was scraped in a minute to the series, in promtool's notation.
func collect(scraped map[string][]string, minute int, text string) {
	GinkgoHelper()
	for name, family := range parsed(text) {
		for _, m := range family.GetMetric() {
			labels := []string{`instance="10.0.16.5:9793"`, `job="cert-health"`}
			for _, pair := range m.GetLabel() {
				labels = append(labels, fmt.Sprintf("%s=%q", pair.GetName(), pair.GetValue()))
			}
			key := name + "{" + strings.Join(labels, ",") + "}"
			for len(scraped[key]) < minute {
				scraped[key] = append(scraped[key], "_")
			}
			value := m.GetGauge().GetValue() + m.GetCounter().GetValue()
			scraped[key] = append(scraped[key], strconv.FormatFloat(value, 'f', -1, 64))
		}
	}
}
