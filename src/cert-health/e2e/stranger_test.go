package e2e_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/scenario"
)

const birthfile = "/var/vcap/sys/run/cert-health/cert-health.birth"

// stranger starts a process of another job.
func stranger(args ...string) int {
	GinkgoHelper()
	command := exec.Command(args[0], args[1:]...)
	command.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 1000, Gid: 1000}}
	Expect(command.Start()).To(Succeed())
	DeferCleanup(func() { _ = command.Process.Kill(); _ = command.Wait() })
	return command.Process.Pid
}

var _ = Describe("a VM on which another process", Ordered, Serial, func() {
	agentArgs := []string{"/var/vcap/packages/cert-health/bin/cert-health", "agent", "--config", "/var/vcap/jobs/cert-health/config/cert-health.yml"}
	sleeper := []string{"sleep", "1000"}
	// bash does not replace itself by the last of several commands.
	lookalike := append([]string{"bash", "-c", "sleep 1000; :"}, agentArgs...)

	BeforeAll(func() {
		deploy(scenario.Issue(scenario.Spec{CommonName: "rep.service.cf.internal"}))
		install(map[string]any{"cert_health": map[string]any{"fail_instance_on": []string{"expired"}}})
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

	DescribeTable("has the pid of the pidfile neither takes it for the agent nor ends it", func(args []string, record string) {
		claim := func(pid int) {
			Expect(os.WriteFile(pidfile, []byte(strconv.Itoa(pid)), 0o644)).To(Succeed())
			if record != "" {
				Expect(os.WriteFile(birthfile, []byte(strings.ReplaceAll(record, "PID", strconv.Itoa(pid))), 0o644)).To(Succeed())
			}
		}
		script("ctl", "stop")
		other := stranger(args...)
		claim(other)
		script("ctl", "start")
		Expect(pid()).NotTo(Equal(other))
		Eventually(status("heartbeat"), soon).Should(HavePrefix("20"))
		claim(other)
		script("ctl", "stop")
		Expect(runs(other)()).To(BeTrue())
	},
		Entry("with other arguments", sleeper, ""),
		Entry("with the agent's arguments", lookalike, ""),
		Entry("with another start time than the agent", sleeper, "0c5b8a04-0000-0000-0000-000000000000 PID 1\n"),
	)

	It("holds the agent's lock does not end it, whatever its arguments are", func() {
		script("ctl", "stop")
		other := stranger(append([]string{"flock", filepath.Dir(statusDir) + "/lock"}, lookalike...)...)
		Eventually(func() error { return exec.Command("flock", "-n", filepath.Dir(statusDir)+"/lock", "true").Run() }, soon).ShouldNot(Succeed())
		script("ctl", "stop")
		Expect(runs(other)()).To(BeTrue())
	})

	It("replaces the status files starts and stops the agent all the same", func() {
		for _, make := range []func(string) error{
			func(path string) error { return syscall.Mkfifo(path, 0o666) },
			func(path string) error { return os.Symlink("/dev/zero", path) },
			func(path string) error { return os.Mkdir(path, 0o777) },
		} {
			for _, command := range []string{"start", "stop"} {
				for _, name := range []string{"expired", "expiring", "drift", "unverified", "heartbeat"} {
					path := filepath.Join(statusDir, name)
					Expect(os.RemoveAll(path)).To(Succeed())
					Expect(make(path)).To(Succeed())
					Expect(os.Lchown(path, 1000, 1000)).To(Succeed())
				}
				script("ctl", command)
			}
			Expect(status("heartbeat")()).To(BeEmpty())
		}
	})

	It("replaces the status files has post-start, which runs as root, show nothing of what only root may read", func() {
		secret := filepath.Join(GinkgoT().TempDir(), "secret")
		Expect(os.WriteFile(secret, []byte("for root only"), 0o600)).To(Succeed())
		postStart := func(make func(path string) error) (string, error) {
			Expect(os.WriteFile(statusDir+"/heartbeat", []byte("2026\n"), 0o644)).To(Succeed())
			Expect(os.RemoveAll(statusDir + "/expired")).To(Succeed())
			Expect(make(statusDir + "/expired")).To(Succeed())
			out, err := exec.Command("/var/vcap/jobs/cert-health/bin/post-start").CombinedOutput()
			return string(out), err
		}
		out, err := postStart(func(path string) error { return os.Symlink(secret, path) })
		Expect(err).NotTo(HaveOccurred(), out)
		Expect(out).To(BeEmpty())
		out, err = postStart(func(path string) error { return syscall.Mkfifo(path, 0o666) })
		Expect(err).NotTo(HaveOccurred(), out)
		Expect(out).To(BeEmpty())
		out, err = postStart(func(path string) error { return os.WriteFile(path, []byte("critical \x1b]0;x\a\u009b31m\n"), 0o644) })
		Expect(err).To(HaveOccurred())
		Expect(out).To(And(ContainSubstring("critical ?]0;x???31m\n"), MatchRegexp(`^[ -~\n]*$`)))
	})

	It("reads core dumps finds none of the agent, which reads private keys", func() {
		script("ctl", "stop")
		script("ctl", "start")
		Expect(contents(fmt.Sprintf("/proc/%d/limits", pid()))()).To(MatchRegexp(`Max core file size +0 +0 `))
	})
})
