package agent_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"code.cloudfoundry.org/clock/fakeclock"
	"github.com/cloudfoundry/bosh-utils/logger"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/agent"
	"cert-health/internal/report"
	"cert-health/internal/scenario"
)

// rig runs an agent on its own directories, with a clock that the test advances.
type rig struct {
	root, data, file string
	clock            *fakeclock.FakeClock
	log              syncBuffer
	reload           chan struct{}
	agent            *agent.Agent
	stop             func()
}

// syncBuffer is a buffer that the agent writes and the test reads at the same time.
type syncBuffer struct {
	mutex  sync.Mutex
	buffer bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.buffer.Write(p)
}

func (b *syncBuffer) String() string {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.buffer.String()
}

func newRig() *rig {
	GinkgoHelper()
	dir := GinkgoT().TempDir()
	r := &rig{root: filepath.Join(dir, "root"), data: filepath.Join(dir, "data"), file: filepath.Join(dir, "c.yml"),
		clock: fakeclock.NewFakeClock(time.Now()), reload: make(chan struct{})}
	r.agent = &agent.Agent{ConfigFile: r.file, Root: r.root, Clock: r.clock, Reload: r.reload,
		Log: logger.NewWriterLogger(logger.LevelInfo, &r.log), Jitter: func(time.Duration) time.Duration { return 0 }}
	r.configure("")
	return r
}

func (r *rig) configure(more string) {
	GinkgoHelper()
	Expect(os.WriteFile(r.file, fmt.Appendf(nil, "agent: {data_dir: %s}\n%s", r.data, more), 0o600)).To(Succeed())
}

func (r *rig) deploy(files scenario.Files) {
	GinkgoHelper()
	Expect(scenario.VM{Deployment: "cf", Group: "cell", ID: "0", Jobs: map[string]scenario.Files{"rep": files}}.Write(r.root)).To(Succeed())
}

// start runs the agent until the test ends or stop is called.
func (r *rig) start() {
	GinkgoHelper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- r.agent.Run(ctx) }()
	once := sync.Once{}
	r.stop = func() {
		once.Do(func() {
			cancel()
			Eventually(ended, "1s").Should(Receive(BeNil()), "it ends within a second")
		})
	}
	DeferCleanup(func() { r.stop() })
}

func (r *rig) beat() string { return r.status("heartbeat") }

func (r *rig) status(name string) string {
	contents, _ := os.ReadFile(filepath.Join(r.data, "status", name))
	return string(contents)
}

func (r *rig) memory() string {
	contents, _ := os.ReadFile(filepath.Join(r.data, "memory.json"))
	return string(contents)
}

// pass advances the clock to the next scan, and waits until it is completed.
func (r *rig) pass() {
	GinkgoHelper()
	r.clock.WaitForNWatchersAndIncrement(0, 2) // the scan before this one is over
	before := r.beat()
	r.clock.WaitForNWatchersAndIncrement(time.Minute, 2)
	Eventually(r.beat, "10s", "1ms").ShouldNot(Equal(before))
}

// first waits for the first scan, which runs at once without jitter.
func (r *rig) first() {
	GinkgoHelper()
	r.clock.WaitForWatcherAndIncrement(time.Millisecond)
	Eventually(r.beat, "10s", "1ms").ShouldNot(BeEmpty())
}

var _ = Describe("the data directory", func() {
	It("is made again when it is removed, with all that the agent knows", func() {
		r := newRig()
		lapsed := scenario.Issue(scenario.Spec{CommonName: "a", NotBefore: time.Now().AddDate(-1, 0, 0), NotAfter: time.Now().Add(-time.Hour)})
		r.deploy(scenario.Files{"a.pem": lapsed.CertPEM()})
		r.start()
		r.first()
		r.pass()
		Expect(os.RemoveAll(r.data)).To(Succeed())
		r.pass()
		Expect(r.status("expired")).To(ContainSubstring("expired"))
		Expect(r.memory()).NotTo(BeEmpty())
		status, err := agent.ReadStatus(r.data, r.clock.Now())
		Expect(err).NotTo(HaveOccurred())
		Expect(status.Running).To(BeTrue(), "it holds the lock that is there now")
		Expect(status.Report.Certificates).To(HaveLen(1))
		Expect(strings.Count(r.log.String(), "was removed; it was made again")).To(Equal(1))
	})
})

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
			r.clock.WaitForNWatchersAndIncrement(time.Minute, 2)
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

var _ = Describe("status", func() {
	It("reads an agent's report, and tells whether it is alive", func() {
		r := newRig()
		_, err := agent.ReadStatus(r.data, time.Now())
		Expect(err).To(MatchError(ContainSubstring("check that the agent is running")))
		r.deploy(scenario.Files{"a.pem": scenario.Issue(scenario.Spec{CommonName: "x"}).CertPEM()})
		r.start()
		r.first()
		status, err := agent.ReadStatus(r.data, r.clock.Now())
		Expect(err).NotTo(HaveOccurred())
		Expect(status.Running && status.Alive).To(BeTrue())
		Expect(status.Report.Instance.Name()).To(Equal("cell/0"))
		hung, err := agent.ReadStatus(r.data, r.clock.Now().Add(16*time.Minute))
		Expect(err).NotTo(HaveOccurred())
		Expect(hung.Running).To(BeTrue())
		Expect(hung.Alive).To(BeFalse())
		r.stop()
		dead, err := agent.ReadStatus(r.data, r.clock.Now())
		Expect(err).NotTo(HaveOccurred())
		Expect(dead.Running).To(BeFalse())
	})
})

var _ = Describe("the agent's files", func() {
	It("contain public data only", func() {
		r := newRig()
		pair := scenario.Issue(scenario.Spec{CommonName: "x"})
		r.deploy(scenario.Files{"a.pem": pair.CertPEM() + pair.KeyPEM()})
		r.start()
		r.first()
		key := strings.Split(pair.KeyPEM(), "\n")[1]
		Expect(filepath.WalkDir(r.data, func(path string, entry os.DirEntry, err error) error {
			if err == nil && entry.Type().IsRegular() {
				contents, _ := os.ReadFile(path)
				Expect(bytes.Contains(contents, []byte(key))).To(BeFalse(), "a private key was written")
			}
			return err
		})).To(Succeed())
		var written report.Report
		contents, err := os.ReadFile(filepath.Join(r.data, "report.json"))
		Expect(err).NotTo(HaveOccurred())
		Expect(json.Unmarshal(contents, &written)).To(Succeed())
		Expect(written.Certificates[0].Name).To(Equal("x"))
	})
})
