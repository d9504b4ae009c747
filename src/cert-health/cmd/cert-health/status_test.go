package main

import (
	"os"
	"path/filepath"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/agent"
	"cert-health/internal/scenario"
)

var _ = Describe("status", func() {
	It("shows the last report of an agent that does not run, says so, and exits with 2", func() {
		dir := GinkgoT().TempDir()
		write := func(name, contents string) string {
			GinkgoHelper()
			path := filepath.Join(dir, name)
			Expect(os.MkdirAll(filepath.Dir(path), 0o755)).To(Succeed())
			Expect(os.WriteFile(path, []byte(contents), 0o600)).To(Succeed())
			return path
		}
		settings := write("c.yml", "agent: {data_dir: "+filepath.Join(dir, "data")+"}\n")
		o := call(nil, "status", "--config", settings)
		Expect(o.code).To(Equal(exitFailed))
		Expect(o.err).To(ContainSubstring("read the agent's last report"))
		Expect(o.out).To(BeEmpty())

		pem := write("a.pem", scenario.Issue(scenario.Spec{CommonName: "a"}).CertPEM())
		write("data/report.json", call(nil, "scan", pem, "--format", "json").out)
		write("data/status/heartbeat", time.Now().Add(-150*time.Minute).Format(time.RFC3339Nano)+"\n")
		o = call(nil, "status", "--config", settings)
		Expect(o.code).To(Equal(exitFailed))
		Expect(o.out).To(And(ContainSubstring("1 certificate in 1 file: all well."), HaveSuffix("The agent is not running: it last scanned 2 hours ago.\n")))
		Expect(o.err).To(Equal("cert-health: " + errNotAlive.Error() + "\n"))

		o = call(nil, "status", "--config", settings, "--format", "json")
		Expect(o.code).To(Equal(exitFailed))
		Expect(o.report().Certificates).To(HaveLen(1))
	})

	DescribeTable("tells in words whether the agent is alive", func(s agent.Status, said string) {
		now := time.Now()
		s.Started = now.Add(-5 * time.Second)
		if s.Running {
			s.Scanned = now.Add(-time.Minute * 20)
		}
		Expect(describe(&s, now)).To(Equal(said))
	},
		Entry("alive", agent.Status{Running: true, Alive: true}, "The agent is alive and last scanned 20 minutes ago."),
		Entry("starting", agent.Status{Running: true, Starting: true}, "The agent started 5 seconds ago, and its first scan is not complete. This report is from before."),
		Entry("slow", agent.Status{Running: true, Alive: true, Slow: true}, "The agent is alive, but its scan takes long: it last scanned 20 minutes ago."),
		Entry("hung", agent.Status{Running: true}, "The agent is running but hangs: it last scanned 20 minutes ago."),
		Entry("full", agent.Status{Running: true, Full: true}, "The agent is running: it last scanned 20 minutes ago, and could not write anything since."),
		Entry("never scanned", agent.Status{}, "The agent is not running: it never completed a scan."),
	)
})
