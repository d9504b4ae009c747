package agent

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"code.cloudfoundry.org/clock/fakeclock"
	"github.com/cloudfoundry/bosh-utils/logger"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/config"
	"cert-health/internal/scenario"
)

var _ = Describe("a scan that does not end", func() {
	var (
		clock *fakeclock.FakeClock
		dir   dataDir
		hang  atomic.Bool // the next scan waits in the middle, as for a file system that does not answer
		stop  func()
	)

	status := func(name string) func() string {
		return func() string {
			contents, _ := os.ReadFile(dir.status(name))
			return string(contents)
		}
	}
	// passing lets a minute pass, and returns a status file.
	passing := func(name string) func() string {
		return func() string {
			clock.Increment(time.Minute)
			return status(name)()
		}
	}
	// written is when the heartbeat's file was written.
	written := func() time.Time {
		info, err := os.Stat(dir.status(heartbeat))
		Expect(err).NotTo(HaveOccurred())
		return info.ModTime()
	}

	BeforeEach(func() {
		temporary := GinkgoT().TempDir()
		root := filepath.Join(temporary, "root")
		clock, dir = fakeclock.NewFakeClock(time.Now()), dataDir(filepath.Join(temporary, "data"))
		files := scenario.Files{"a.pem": scenario.Issue(scenario.Spec{CommonName: "soon", NotBefore: time.Now().AddDate(-1, 0, 0), NotAfter: time.Now().Add(10 * time.Minute)}).CertPEM()}
		for i := range 600 {
			files[fmt.Sprint("files/", i)] = ""
		}
		Expect(scenario.VM{Deployment: "cf", Group: "cell", ID: "0", Jobs: map[string]scenario.Files{"rep": files}}.Write(root)).To(Succeed())
		a := &Agent{Root: root, Clock: clock, Log: logger.NewWriterLogger(logger.LevelNone, GinkgoWriter), Jitter: func(time.Duration) time.Duration { return 0 }}
		settings := config.Default()
		settings.Agent.DataDir, settings.Alerts.Enabled, settings.Served.Enabled = string(dir), false, false
		Expect(dir.create()).To(Succeed())
		l := a.newLoop(settings, dir)
		var err error
		l.held, err = tryLock(dir.lock())
		Expect(err).NotTo(HaveOccurred())
		hang.Store(false)
		release := make(chan struct{})
		l.checker.Progress = func(string) {
			if hang.Load() {
				<-release
			}
		}
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan struct{})
		go func() { l.run(ctx); close(ended) }()
		stop = func() {
			cancel()
			Eventually(ended, "1s").Should(BeClosed())
		}
		DeferCleanup(func() { stop(); close(release); l.held.release() })
		clock.WaitForWatcherAndIncrement(time.Millisecond)
		Eventually(status(heartbeat), "10s", "1ms").ShouldNot(BeEmpty())
		hang.Store(true)
		clock.WaitForNWatchersAndIncrement(0, 3)
		clock.Increment(time.Minute)
	})

	It("leaves the heartbeat alive, and is told after three intervals", func() {
		scanned, before := status(heartbeat)(), written()
		Eventually(passing(heartbeat), "10s", "5ms").Should(Equal(scanned), "it holds the time of the last scan")
		Eventually(func() time.Time { passing(heartbeat)(); return written() }, "10s", "5ms").ShouldNot(Equal(before))
		Eventually(passing("unverified"), "10s", "5ms").Should(MatchRegexp(`^warning the scan of this instance at /var/vcap/jobs/: it began at .* is not complete; the results are those of the scan before it; next: `))
	})

	It("does not make status call the agent dead", func() {
		Expect(os.WriteFile(dir.status(heartbeat), []byte(clock.Now().Add(-20*time.Minute).Format(time.RFC3339Nano)), 0o640)).To(Succeed())
		status, err := ReadStatus(string(dir), clock.Now())
		Expect(err).NotTo(HaveOccurred())
		Expect(status).To(And(HaveField("Alive", true), HaveField("Slow", true)))
	})

	It("does not stop the time: a certificate expires meanwhile", func() {
		Eventually(passing("expired"), "10s", "5ms").Should(ContainSubstring("soon"))
	})

	It("does not delay the end of the agent", func() { stop() })
})
