package agent_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/scenario"
)

var _ = Describe("Agent", func() {
	var (
		r                *rig
		healthy, expired *scenario.Pair
	)

	BeforeEach(func() {
		r = newRig()
		healthy = scenario.Issue(scenario.Spec{CommonName: "healthy"})
		expired = scenario.Issue(scenario.Spec{CommonName: "expired", NotBefore: time.Now().AddDate(-1, 0, 0), NotAfter: time.Now().Add(-time.Hour)})
		r.deploy(scenario.Files{"a.pem": healthy.CertPEM()})
	})

	It("logs the first findings of a report, and counts the rest", func() {
		many := ""
		for n := range 150 {
			many += scenario.Issue(scenario.Spec{CommonName: fmt.Sprint("many", n), NotBefore: time.Now().AddDate(-1, 0, 0), NotAfter: time.Now().Add(-time.Hour)}).CertPEM()
		}
		r.deploy(scenario.Files{"many.pem": many})
		r.start()
		r.first()
		Expect(strings.Count(r.log.String(), "[expired]")).To(Equal(100))
		Expect(r.log.String()).To(ContainSubstring("and 50 more findings and problems: see `cert-health status`"))
		r.deploy(scenario.Files{"many.pem": "gone"})
		r.pass()
		Expect(strings.Count(r.log.String(), "no more: expired of many")).To(Equal(100))
		Expect(r.log.String()).To(ContainSubstring("no more: 50 other findings and problems"))
	})

	It("scans within twelve seconds after its start, however long the interval is, because a deploy may wait for it", func() {
		r.agent.Jitter = func(below time.Duration) time.Duration { return below }
		Expect(os.WriteFile(r.file, []byte("agent: {scan_interval: 10m, data_dir: "+r.data+"}"), 0o600)).To(Succeed())
		r.start()
		r.clock.WaitForWatcherAndIncrement(12 * time.Second)
		Eventually(r.beat, "10s", "1ms").ShouldNot(BeEmpty())
	})

	It("keeps empty status files without findings, and logs nothing", func() {
		r.start()
		r.first()
		logged := r.log.String()
		report := filepath.Join(r.data, "report.json")
		before, err := os.Stat(report)
		Expect(err).NotTo(HaveOccurred())
		for range 3 {
			r.pass()
		}
		for _, name := range []string{"expired", "expiring", "drift"} {
			Expect(filepath.Join(r.data, "status", name)).To(BeAnExistingFile())
			Expect(r.status(name)).To(BeEmpty())
		}
		Expect(r.log.String()).To(Equal(logged))
		after, err := os.Stat(report)
		Expect(err).NotTo(HaveOccurred())
		Expect(os.SameFile(before, after)).To(BeTrue(), "an unchanged report is not written again")
		Expect(after.Mode().Perm()).To(Equal(os.FileMode(0o640)))
	})

	It("reports a finding in one line of a status file and of the log, and logs its end", func() {
		r.start()
		r.first()
		r.deploy(scenario.Files{"a.pem": expired.CertPEM()})
		r.pass()
		Expect(r.status("expired")).To(MatchRegexp(`^critical expired at rep a.pem:1: expired .* ago \(.*\); its peers refuse it; next: .*\n$`))
		Expect(strings.Count(r.log.String(), "[expired]")).To(Equal(1))
		r.pass()
		Expect(strings.Count(r.log.String(), "[expired]")).To(Equal(1))
		r.deploy(scenario.Files{"a.pem": healthy.CertPEM()})
		r.pass()
		Expect(r.status("expired")).To(BeEmpty())
		Expect(r.log.String()).To(ContainSubstring("no more: expired of expired"))
	})

	It("reloads a valid configuration, and refuses an invalid one with its errors", func() {
		r.start()
		r.first()
		r.configure("thresholds: {expirng: 1d}")
		r.reload <- struct{}{}
		Eventually(r.log.String, "5s").Should(ContainSubstring(`thresholds.expirng (line 2) is not a known key; did you mean "expiring"?`))
		r.pass()
		Expect(r.status("expiring")).To(BeEmpty())

		r.configure("thresholds: {expiring: 3650d, expiring_soon: 1d}\nrules: [{severity: error}]")
		r.deploy(scenario.Files{"a.pem": scenario.Issue(scenario.Spec{CommonName: "x", NotBefore: time.Now().AddDate(0, -9, 0)}).CertPEM()})
		r.reload <- struct{}{}
		Eventually(r.log.String, "5s").Should(ContainSubstring("the configuration was reloaded"))
		r.pass()
		Expect(r.status("expiring")).To(ContainSubstring("x at rep a.pem:1: expires in"))
	})

	It("waits for a valid configuration, without a heartbeat, instead of exiting", func() {
		r.configure("nonsense: 1")
		r.start()
		Eventually(r.log.String, "5s").Should(ContainSubstring("nonsense (line 2) is not a known key"))
		Expect(r.beat()).To(BeEmpty())
		r.configure("")
		r.reload <- struct{}{}
		r.first()
	})

	It("does not run twice", func() {
		r.start()
		r.first()
		second := newRig()
		second.data = r.data
		second.root = r.root
		second.agent.Root = r.root
		second.configure("")
		second.start()
		Eventually(second.log.String, "5s").Should(ContainSubstring("another agent holds the lock"))
		r.stop()
		before := r.beat()
		Eventually(func() string { second.clock.Increment(time.Second); return r.beat() }, "10s", "10ms").ShouldNot(Equal(before))
	})

	It("continues when a status file cannot be written, logs that once, and has no heartbeat", func() {
		r.start()
		r.first()
		beat := r.beat()
		// Root may write any file, but cannot replace a directory by a file.
		Expect(os.Remove(filepath.Join(r.data, "status", "drift"))).To(Succeed())
		Expect(os.MkdirAll(filepath.Join(r.data, "status", "drift", "x"), 0o755)).To(Succeed())
		for range 2 {
			r.clock.WaitForNWatchersAndIncrement(time.Minute, 3)
			Eventually(r.log.String, "5s").Should(ContainSubstring("writing the status files failed"))
		}
		Expect(strings.Count(r.log.String(), "writing the status files failed")).To(Equal(1))
		Expect(r.beat()).To(Equal(beat))
		Expect(os.RemoveAll(filepath.Join(r.data, "status", "drift"))).To(Succeed())
		r.pass()
		Eventually(r.log.String, "5s").Should(ContainSubstring("writing the status files works again"))
	})

	It("removes the temporary files of a killed agent", func() {
		left := filepath.Join(r.data, "status", ".expired-123")
		Expect(os.MkdirAll(filepath.Dir(left), 0o755)).To(Succeed())
		Expect(os.WriteFile(left, []byte("half a li"), 0o600)).To(Succeed())
		r.start()
		r.first()
		Expect(left).NotTo(BeAnExistingFile())
	})

	It("starts without its memory if that is unreadable", func() {
		Expect(os.MkdirAll(r.data, 0o755)).To(Succeed())
		Expect(os.WriteFile(filepath.Join(r.data, "memory.json"), []byte("{"), 0o600)).To(Succeed())
		r.start()
		r.first()
		Expect(r.log.String()).To(ContainSubstring("starting without it"))
	})

	It("uses no more memory after a day of scans with files that change", func() {
		r.start()
		r.first()
		heap := func() uint64 {
			runtime.GC()
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			return m.HeapAlloc
		}
		day := func(scans int) {
			for n := range scans {
				if n%10 == 0 {
					r.deploy(scenario.Files{"a.pem": scenario.Issue(scenario.Spec{CommonName: fmt.Sprint(n)}).CertPEM()})
				}
				r.pass()
			}
		}
		day(200)
		before := heap()
		day(24 * 60)
		Expect(heap()).To(BeNumerically("<", before+1<<20))
	})
})
