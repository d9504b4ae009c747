package e2e_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gexec"

	"cert-health/internal/scenario"
)

var builtProgram, renderProgram string

var _ = BeforeSuite(func() {
	var err error
	builtProgram, err = gexec.Build("cert-health/cmd/cert-health")
	Expect(err).NotTo(HaveOccurred())
	renderProgram = filepath.Join(GinkgoT().TempDir(), "render")
	build := exec.Command("go", "build", "-o", renderProgram, "./cmd/render")
	build.Dir = filepath.Join(projectRoot, "spec")
	out, err := build.CombinedOutput()
	Expect(err).NotTo(HaveOccurred(), string(out))
	DeferCleanup(gexec.CleanupBuildArtifacts)
	vm()
})

func pid() int {
	number, _ := strconv.Atoi(strings.TrimSpace(contents(pidfile)()))
	return number
}

// show adds the output of monit summary to the test's log.
func show(m monit, when string) {
	AddReportEntry("monit summary, "+when, m.summaryText(), ReportEntryVisibilityFailureOrVerbose)
}

// report returns the JSON of cert-health status.
func report() string {
	out, _ := exec.Command("/var/vcap/jobs/cert-health/bin/cert-health", "status", "--format", "json").Output()
	return string(out)
}

// healthy are the states of monit's checks without findings.
func healthy() map[string]string {
	return map[string]string{"cert-health": "OK", "cert-health-expired": "OK", "cert-health-expiring": "OK", "cert-health-drift": "OK", "cert-health-unverified": "OK", "cert-health-heartbeat": "OK"}
}

// explain adds the logs to the report of a failed spec.
func explain() {
	if CurrentSpecReport().Failed() {
		AddReportEntry("the agent's log", contents(logFile)()+contents("/var/vcap/sys/log/cert-health/cert-health.stderr.log")())
		AddReportEntry("monit's log", contents("/var/vcap/monit/log")())
	}
}

var _ = Describe("a VM", Ordered, Serial, func() {
	var (
		ctx     = context.Background()
		agent   *boshAgent
		vault   *centralVault
		m       monit
		old     *scenario.Pair
		renewed *scenario.Pair
	)

	AfterEach(explain)
	AfterAll(func() { m.remove() })

	BeforeAll(func() {
		agent, vault = startBoshAgent(), startVault(ctx)
		soonOver := scenario.Spec{CommonName: "rep.service.cf.internal", NotBefore: time.Now().Add(-365 * 24 * time.Hour), NotAfter: time.Now().Add(30 * time.Second)}
		// Valid for a few seconds, and then expired: the clock of a VM that runs monit cannot
		// be set.
		old = scenario.Issue(soonOver)
		renewed = scenario.Issue(scenario.Spec{CommonName: "rep.service.cf.internal"})
		vault.put(ctx, "cf/rep", old)
		deploy(old)
		p := properties(vault)
		p["cert_health"].(map[string]any)["thresholds"].(map[string]any)["expiring"] = "0s"
		p["cert_health"].(map[string]any)["thresholds"].(map[string]any)["expiring_soon"] = "0s"
		install(p)
		script("pre-start")
		m = startMonit("")
	})

	It("reports nothing without findings", func() {
		Eventually(m.summary, soon).Should(Equal(healthy()))
		Eventually(contents(logFile), soon).Should(ContainSubstring("Vault answers: 1 secrets read"))
		Expect(agent.titles()).To(BeEmpty())
		show(m, "all well")
	})

	It("has a credential that may read what is published, and no secret", func() {
		Expect(vault.agentsRead("secret/metadata/cf/rep")).To(Succeed())
		Expect(vault.agentsRead("secret/data/cf/rep")).To(MatchError(ContainSubstring("permission denied")))
		Expect(contents(logFile)()).To(ContainSubstring("in mode metadata; the token may not read secrets"))
		Expect(report()).NotTo(ContainSubstring("may_read_data"))
	})

	It("shows an expired certificate in monit, and sends an alert with its name and the next step", func() {
		Eventually(m.state("cert-health-expired"), "60s").Should(Equal("Size failed"))
		show(m, "expired")
		Eventually(agent.titles, soon).Should(Equal([]string{"Certificate expired - 1 certificate of rep"}))
		own := agent.own()[0]
		Expect(own.severity).To(Equal(2))
		Expect(own.id).NotTo(BeEmpty())
		Expect(own.summary).To(MatchRegexp(`^rep\.service\.cf\.internal \[[0-9a-f]{12}\] at rep config/certs/server\.crt:1: expired .*; its peers refuse it -> cert-health x509 renew secret/cf/rep, then merge`))
		Expect(agent.of("cert-health-expired")).To(BeEmpty(), "monit sends no second alert, which would name no certificate")
	})

	It("shows drift at once after a renewal in Vault, since an expired certificate has no grace", func() {
		vault.put(ctx, "cf/rep", renewed)
		Eventually(m.state("cert-health-drift"), soon).Should(Equal("Size failed"))
		Expect(status("drift")()).To(ContainSubstring("secret/cf/rep holds version 2, this is version 1; next: merge the manifest anew, then: bosh -d cf deploy MANIFEST"))
		Eventually(agent.titles, soon).Should(ContainElement("Content failed - Certificate drift: 1 certificate of rep"))
		show(m, "expired, and renewed in Vault")
	})

	It("reports the end of each class once after a deploy", func() {
		deploy(renewed)
		Eventually(m.summary, soon).Should(Equal(healthy()))
		Eventually(agent.titles, soon).Should(ConsistOf(
			"Certificate expired - 1 certificate of rep", "Certificate expired - 1 certificate of rep", // again: the renewal changed its next step
			"Content failed - Certificate drift: 1 certificate of rep",
			"Checksum changed - Certificates well again: none expired", "Checksum changed - Certificates well again: no drift"))
		Expect(agent.unknown).To(Equal([]string{"certificate expired", "certificate expired"}), "bosh-agent logs one ERROR line for each, for the severity of a pager")
	})

	It("reports drift as an error only after its grace", func() {
		next := scenario.Issue(scenario.Spec{CommonName: "rep.service.cf.internal"})
		before := contents(logFile)()
		vault.put(ctx, "cf/rep", next)
		logged := func() string { return strings.TrimPrefix(contents(logFile)(), before) }
		Eventually(logged, soon).Should(ContainSubstring("[stale] info "))
		Eventually(m.state("cert-health-drift"), soon).Should(Equal("Size failed"))
		Expect(logged()).To(MatchRegexp(`(?s)\[stale\] info .*\[stale\] error `))
		Eventually(agent.lastTitle, soon).Should(Equal("Content failed - Certificate drift: 1 certificate of rep"))
		deploy(next)
		Eventually(m.summary, soon).Should(Equal(healthy()))
		Eventually(agent.lastTitle, soon).Should(Equal("Checksum changed - Certificates well again: no drift"))
	})

	It("reports unpublished secrets of Vault as such, and never as current", func() {
		Expect(vault.Put(ctx, "cf/rep", scenario.Issue(scenario.Spec{CommonName: "rep.service.cf.internal"}).Safe())).To(Succeed())
		Eventually(report, soon).Should(And(ContainSubstring(`"state": "behind"`), ContainSubstring("and nothing is published of that version"),
			ContainSubstring("cert-health publish --vault-path secret/cf/rep")))
		Expect(m.summary()).To(Equal(healthy()), "it may be correct, so there is no alert")
		vault.publish()
		Eventually(m.state("cert-health-drift"), soon).Should(Equal("Size failed"))
		Eventually(agent.lastTitle, soon).Should(Equal("Content failed - Certificate drift: 1 certificate of rep"))
		restored := scenario.Issue(scenario.Spec{CommonName: "rep.service.cf.internal"})
		vault.put(ctx, "cf/rep", restored)
		deploy(restored)
		Eventually(m.summary, soon).Should(Equal(healthy()))
		Eventually(agent.lastTitle, soon).Should(Equal("Checksum changed - Certificates well again: no drift"))
	})

	It("keeps what it knows when Vault is down, and reports nothing else", func() {
		Eventually(report, soon).Should(ContainSubstring(`"state": "current"`))
		before := len(agent.titles())
		vault.Stop()
		Eventually(contents(logFile), soon).Should(ContainSubstring("Vault is unavailable"))
		Expect(m.summary()).To(Equal(healthy()))
		Expect(agent.titles()).To(HaveLen(before))
		Expect(strings.Count(contents(logFile)(), "Vault is unavailable")).To(Equal(1))
	})

	It("keeps what it knows over a restart without Vault", func() {
		m.do("restart", "cert-health")
		Eventually(func() int { return strings.Count(contents(logFile)(), "watching diego-cell/c2a1f6d8") }, soon).Should(Equal(2))
		Eventually(report, soon).Should(And(ContainSubstring(`"state": "current"`), ContainSubstring(`"state": "unavailable"`)))
		Eventually(m.summary, soon).Should(Equal(healthy()))
	})

	It("runs the agent as vcap, with two capabilities, low priority and limited memory", func() {
		proc := "/proc/" + strconv.Itoa(pid())
		text := contents(proc + "/status")()
		Expect(text).To(MatchRegexp(`(?m)^Uid:\s1000\s1000\s1000\s1000$`))
		Expect(text).To(MatchRegexp(`(?m)^CapEff:\s0000000000000404$`))
		Expect(text).To(MatchRegexp(`(?m)^CapBnd:\s0000000000000404$`))
		Expect(contents(proc + "/environ")()).To(ContainSubstring("GOMEMLIMIT=32MiB"))
		Expect(strings.Fields(contents(proc + "/stat")())[18]).To(Equal("10"))
		Expect(contents(proc + "/cmdline")()).NotTo(ContainSubstring("root-"))
	})

	It("starts the agent again after a crash, without an alert", func() {
		before := len(agent.titles())
		crashed := pid()
		Expect(syscall.Kill(crashed, syscall.SIGKILL)).To(Succeed())
		Eventually(pid, soon).ShouldNot(Or(Equal(crashed), BeZero()))
		Eventually(m.summary, soon).Should(Equal(healthy()))
		Expect(agent.titles()).To(HaveLen(before))
	})

	It("has the data directory again after it was removed, with all that the agent knows", func() {
		const data = "/var/vcap/data/cert-health"
		Eventually(func() error { return os.RemoveAll(data) }, soon).Should(Succeed()) // the agent may write meanwhile
		Eventually(contents(logFile), soon).Should(ContainSubstring(data + " was removed; it was made again"))
		Eventually(status("heartbeat"), soon).Should(HavePrefix("20"))
		Eventually(m.summary, soon).Should(Equal(healthy()))
		Eventually(report, soon).Should(ContainSubstring(`"state": "current"`))
	})

	It("has quiet checks while the agent is stopped, even after a certificate has expired", func() {
		expired := scenario.Issue(scenario.Spec{CommonName: "x", NotBefore: time.Now().AddDate(-1, 0, 0), NotAfter: time.Now().Add(-time.Hour)})
		deploy(expired)
		Eventually(m.state("cert-health-expired"), soon).Should(Equal("Size failed"))
		m.do("stop", "cert-health")
		Eventually(pid, soon).Should(BeZero())
		Eventually(m.state("cert-health-expired"), soon).Should(Equal("OK"))
		Expect(m.summary()).To(HaveKeyWithValue("cert-health", "Not monitored"))
		heartbeat, err := os.Stat(statusDir + "/heartbeat")
		Expect(err).NotTo(HaveOccurred())
		Expect(heartbeat.ModTime()).To(BeTemporally(">", time.Now().AddDate(1, 0, 0)))
		m.do("start", "cert-health")
		Eventually(m.state("cert-health-expired"), soon).Should(Equal("Size failed"))
		Expect(os.Stat(statusDir + "/heartbeat")).To(HaveField("ModTime()", BeTemporally("~", time.Now(), time.Minute)))
		deploy(renewed)
		Eventually(m.state("cert-health-expired"), soon).Should(Equal("OK"))
	})

	It("starts after a reboot, which empties the run directory and runs no pre-start", func() {
		m.quit()
		Expect(syscall.Kill(pid(), syscall.SIGKILL)).To(Succeed())
		Expect(os.RemoveAll("/var/vcap/sys/run/cert-health")).To(Succeed())
		before := len(agent.of("cert-health-heartbeat"))
		beat := status("heartbeat")()
		m = startMonit("")
		Eventually(pid, soon).ShouldNot(BeZero())
		Eventually(status("heartbeat"), soon).ShouldNot(Equal(beat))
		Eventually(m.summary, soon).Should(Equal(healthy()))
		Expect(agent.of("cert-health-heartbeat")).To(HaveLen(before))
	})

	It("continues with a full or a read-only disk, logs each once, and recovers", func() {
		const data = "/var/vcap/data/cert-health"
		failures := func(why string) func() int {
			return func() int {
				// The heartbeat, or the report if it has changed at this time.
				line := regexp.MustCompile(`writing the status files failed: write ` + data + `/\S+: ` + why)
				return len(line.FindAllString(contents(logFile)(), -1))
			}
		}
		recoveries := func() int { return strings.Count(contents(logFile)(), "writing the status files works again") }
		Expect(syscall.Mount("tmpfs", data, "tmpfs", 0, "size=256k")).To(Succeed())
		DeferCleanup(syscall.Unmount, data, syscall.MNT_DETACH)
		script("pre-start")
		Eventually(status("heartbeat"), soon).Should(HavePrefix("20"))

		before := recoveries() // it may have run between the mount and pre-start

		// The agent may free a page just after the disk was full: fill it until a write fails.
		Eventually(func() int {
			fill := exec.Command("dd", "if=/dev/zero", "of="+data+"/filler", "bs=4k", "oflag=append", "conv=notrunc")
			Expect(fill.Run()).NotTo(Succeed(), "dd fails when the disk is full")
			return failures("no space left on device")()
		}, soon).Should(Equal(1))
		Expect(os.Remove(data + "/filler")).To(Succeed())
		Eventually(recoveries, soon).Should(Equal(before + 1))

		Expect(syscall.Mount("", data, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, "")).To(Succeed())
		Eventually(failures("read-only file system"), soon).Should(Equal(1))
		Eventually(m.state("cert-health"), soon).Should(Equal("OK"))
		Expect(syscall.Mount("", data, "", syscall.MS_REMOUNT, "")).To(Succeed())
		Eventually(recoveries, soon).Should(Equal(before + 2))
	})

	It("shows an agent that hangs", func() {
		m.quit()
		m = startMonit("3 seconds")
		Eventually(m.summary, soon).Should(Equal(healthy()))
		Expect(syscall.Kill(pid(), syscall.SIGSTOP)).To(Succeed())
		Eventually(m.state("cert-health-heartbeat"), soon).Should(Equal("Timestamp failed"))
		Eventually(func() []healthMonitorAlert { return agent.of("cert-health-heartbeat") }, soon).ShouldNot(BeEmpty())
		show(m, "the agent hangs")
		out, err := exec.Command("/var/vcap/jobs/cert-health/bin/cert-health", "status").CombinedOutput()
		Expect(err).NotTo(HaveOccurred(), "%s", out) // an agent counts as hung after fifteen minutes
		Expect(syscall.Kill(pid(), syscall.SIGCONT)).To(Succeed())
		Eventually(m.state("cert-health-heartbeat"), soon).Should(Equal("OK"))
	})

	It("ends within a second after SIGTERM", func() {
		ending := pid()
		Expect(syscall.Kill(ending, syscall.SIGTERM)).To(Succeed())
		Eventually(func() error { return syscall.Kill(ending, 0) }, "1s", "10ms").Should(MatchError(syscall.ESRCH))
	})
})
