package e2e_test

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/scenario"
)

// deployJob installs the job with properties and starts it, as bosh-agent does. It returns what
// post-start printed, and whether it succeeded.
func deployJob(properties map[string]any) (string, error) {
	GinkgoHelper()
	script("ctl", "stop")
	install(map[string]any{"cert_health": properties})
	script("pre-start")
	script("ctl", "start")
	out, err := exec.Command("/var/vcap/jobs/cert-health/bin/post-start").CombinedOutput()
	return string(out), err
}

// niceness returns the nice value of a process.
func niceness(pid int) string {
	_, fields, _ := strings.Cut(contents(fmt.Sprintf("/proc/%d/stat", pid))(), ") ")
	return strings.Fields(fields + strings.Repeat(" -", 17))[16]
}

// runs tells whether a process runs. A process that has ended and is not yet collected does not.
func runs(pid int) func() bool {
	return func() bool {
		_, fields, _ := strings.Cut(contents(fmt.Sprintf("/proc/%d/stat", pid))(), ") ")
		return fields != "" && !strings.HasPrefix(fields, "Z")
	}
}

var _ = Describe("a deploy of the job", Ordered, Serial, func() {
	fast := map[string]any{"scan_interval": "1s"}

	BeforeAll(func() {
		deploy(scenario.Issue(scenario.Spec{CommonName: "rep.service.cf.internal", NotBefore: time.Now().AddDate(-1, 0, 0), NotAfter: time.Now().Add(-time.Hour)}))
		install(map[string]any{})
		script("pre-start")
	})

	AfterEach(explain)
	AfterAll(func() {
		script("ctl", "stop")
		for _, dir := range []string{"/var/vcap/jobs", "/var/vcap/data", "/var/vcap/sys/run", "/var/vcap/sys/log"} {
			Expect(os.RemoveAll(dir)).To(Succeed())
		}
		makeDirs()
	})

	It("fails with the name of a property that the agent refuses, while the jobs run", func() {
		out, err := deployJob(map[string]any{"rules": []any{map[string]any{"jobs": "rep", "severity": "info"}}})
		Expect(err).To(HaveOccurred())
		Expect(out).To(ContainSubstring(`cert_health.rules[0].jobs is not a known key; did you mean "job"?`))
		Expect(runs(pid())()).To(BeTrue())
	})

	It("succeeds with an expired certificate, because a deploy often brings the right one", func() {
		out, err := deployJob(map[string]any{"agent": fast})
		Expect(err).NotTo(HaveOccurred(), out)
		Expect(out).To(BeEmpty())
	})

	It("fails with an expired certificate under fail_instance_on, after the first scan of this start", func() {
		for range 3 { // the first scan comes at a random time
			out, err := deployJob(map[string]any{"agent": map[string]any{"scan_interval": "5s"}, "fail_instance_on": []string{"expired"}})
			Expect(err).To(HaveOccurred())
			Expect(out).To(And(ContainSubstring("cert_health.fail_instance_on (expired)"), ContainSubstring("rep config/certs/server.crt:1")))
		}
	})

	It("succeeds under fail_instance_on when no certificate is expired", func() {
		deploy(scenario.Issue(scenario.Spec{CommonName: "rep.service.cf.internal"}))
		out, err := deployJob(map[string]any{"agent": fast, "fail_instance_on": []string{"expired", "drift"}})
		Expect(err).NotTo(HaveOccurred(), out)
	})

	It("runs the agent at nice 10, also under monit, which runs at nice -10", func() {
		script("ctl", "stop")
		out, err := exec.Command("nice", "-n", "-10", "/var/vcap/jobs/cert-health/bin/ctl", "start").CombinedOutput()
		Expect(err).NotTo(HaveOccurred(), string(out))
		Eventually(contents(fmt.Sprintf("/proc/%d/comm", pid())), soon).Should(Equal("cert-health\n"))
		Expect(niceness(pid())).To(Equal("10"))
	})

	It("replaces an agent whose pidfile is lost, because that one has the old configuration and the lock", func() {
		script("ctl", "start")
		old := pid()
		Eventually(status("heartbeat"), soon).Should(HavePrefix("20"))
		Expect(os.Remove(pidfile)).To(Succeed())
		script("ctl", "start")
		Expect(pid()).NotTo(Equal(old))
		Expect(runs(old)()).To(BeFalse())

		Eventually(contents(logFile), soon).Should(HaveSuffix("watching diego-cell/c2a1f6d8 without a source\n"))
		running := pid()
		Expect(os.Remove(pidfile)).To(Succeed())
		script("ctl", "stop")
		Expect(runs(running)()).To(BeFalse())
	})
})

var _ = Describe("a VM whose fail_instance_on was removed", Ordered, Serial, func() {
	var m monit

	AfterEach(explain)
	AfterAll(func() {
		m.remove()
		Expect(os.RemoveAll("/var/vcap/bosh")).To(Succeed())
	})

	It("has all its checks after the deploy, although monit had stopped those of the group", func() {
		deploy(scenario.Issue(scenario.Spec{CommonName: "rep.service.cf.internal"}))
		fast := map[string]any{"scan_interval": "1s"}
		install(map[string]any{"cert_health": map[string]any{"agent": fast, "fail_instance_on": []string{"expired", "drift"}}})
		script("pre-start")
		m = startMonit("")
		Eventually(m.summary, soon).Should(Equal(healthy()))
		program, err := exec.LookPath(monitProgram())
		Expect(err).NotTo(HaveOccurred())
		Expect(os.MkdirAll("/var/vcap/bosh/bin", 0o755)).To(Succeed())
		Expect(os.WriteFile("/var/vcap/bosh/bin/monit", fmt.Appendf(nil, "#!/bin/bash\nexec %s -c %s \"$@\"\n", program, m.rc), 0o755)).To(Succeed())

		m.do("-g", "vcap", "stop")
		Eventually(m.state("cert-health-drift"), soon).Should(Equal("Not monitored"))
		Eventually(m.state("cert-health"), soon).Should(Equal("Not monitored"))
		m.quit()
		install(map[string]any{"cert_health": map[string]any{"agent": fast}})
		script("pre-start")
		m = startMonit("")
		Eventually(m.summary, soon).Should(HaveKey("cert-health")) // without the daemon, monit would start the job itself
		m.do("-g", "vcap", "start")
		Eventually(m.state("cert-health"), soon).Should(Equal("OK"))
		Expect(m.state("cert-health-drift")()).To(Equal("Not monitored"), "monit remembers it")
		script("post-start")
		Eventually(m.summary, soon).Should(Equal(healthy()))
	})
})
