package alerts_test

import (
	"context"
	"os"
	"path/filepath"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/alert"
	"cert-health/internal/alerts"
	"cert-health/internal/notify"
	"cert-health/internal/scenario"
)

var _ = Describe("MetricsFile", func() {
	It("replaces its file by the newest state, which can be read by the collector", func() {
		dir, log := GinkgoT().TempDir(), &scenario.Journal{}
		metrics := alerts.NewMetricsFile(dir, log)
		metrics.Show(alerts.Snapshot{})
		metrics.Show(alerts.Snapshot{Incidents: []notify.Notice{{Kind: notify.Refreshed, Deployment: `a"b`, Class: alert.Expired, CertificateCount: 1, InstanceCount: 2}}, Events: map[string]uint64{"ours": 3},
			LeftOut: notify.LeftOut{Instances: 2}, Receivers: []notify.Stats{{Name: "ops", Delivered: 5, Dropped: 7, Queued: 1}}})
		ended, cancel := context.WithCancel(context.Background())
		cancel()
		metrics.Run(ended)
		contents, err := os.ReadFile(filepath.Join(dir, "cert-health.prom"))
		Expect(err).NotTo(HaveOccurred())
		for _, sample := range []string{
			`cert_health_incident_certificates{deployment="a\"b",class="expired"} 1`, `cert_health_incident_instances{deployment="a\"b",class="expired"} 2`,
			`cert_health_plugin_events_total{sort="ours"} 3`, `cert_health_plugin_left_out_total{limit="instances"} 2`,
			`cert_health_plugin_delivered_total{receiver="ops"} 5`, `cert_health_plugin_dropped_total{receiver="ops"} 7`,
			`cert_health_plugin_queued{receiver="ops"} 1`,
		} {
			Expect(string(contents)).To(ContainSubstring(sample + "\n"))
		}
		Expect(filepath.Glob(filepath.Join(dir, "*"))).To(HaveLen(1))
		Expect(log.Messages()).To(BeEmpty())
	})

	It("logs once that its directory is missing, and when it can be written again", func() {
		dir, log := filepath.Join(GinkgoT().TempDir(), "later"), &scenario.Journal{}
		metrics := alerts.NewMetricsFile(dir, log)
		ctx, cancel := context.WithCancel(context.Background())
		var group sync.WaitGroup
		group.Go(func() { metrics.Run(ctx) })
		DeferCleanup(func() { cancel(); group.Wait() })
		metrics.Show(alerts.Snapshot{})
		Eventually(log.Messages, "10s").Should(HaveExactElements(ContainSubstring("below /var/vcap/sys/log")))
		Expect(os.Mkdir(dir, 0o755)).To(Succeed())
		metrics.Show(alerts.Snapshot{})
		Eventually(log.Messages, "10s").Should(HaveExactElements(Not(BeEmpty()), "info textfile: the metrics are written again"))
	})
})
