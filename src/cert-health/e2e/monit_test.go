package e2e_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// otherMonit names a variable with the path of another monit than the one in PATH, such as the
// 5.2.5 of stemcells.
const otherMonit = "CERT_HEALTH_MONIT"

func monitProgram() string {
	if path := os.Getenv(otherMonit); path != "" {
		return path
	}
	return "monit"
}

// monit is the real monit, with a cycle of one second.
type monit struct{ rc string }

// startMonit starts monit with the rendered checks. It ends with the namespace. limit
// replaces the 14 minutes of the heartbeat's check in a test that cannot wait for them.
func startMonit(limit string) monit {
	GinkgoHelper()
	checks, err := os.ReadFile("/var/vcap/jobs/cert-health/monit")
	Expect(err).NotTo(HaveOccurred())
	if limit != "" {
		Expect(string(checks)).To(ContainSubstring("timestamp > 14 minutes"))
		checks = bytes.Replace(checks, []byte("timestamp > 14 minutes"), []byte("timestamp > "+limit), 1)
	}
	Expect(os.WriteFile("/var/vcap/monit/cert-health.monitrc", checks, 0o600)).To(Succeed())
	m := monit{rc: "/var/vcap/monit/monitrc"}
	Expect(os.WriteFile(m.rc, []byte(`set daemon 1
set logfile /var/vcap/monit/log
set idfile /var/vcap/monit/id
set statefile /var/vcap/monit/state
set pidfile /var/vcap/monit/pid
set mailserver 127.0.0.1 port 2825
set mail-format {
  from: monit@localhost
  subject: monit
  message: Service: $SERVICE
Event: $EVENT
Action: $ACTION
Date: $DATE
Description: $DESCRIPTION
}
set alert agent@local not on { instance }
set httpd port 2822 and use address 127.0.0.1
  allow 127.0.0.1
include /var/vcap/monit/*.monitrc
`), 0o700)).To(Succeed())
	Expect(exec.Command(monitProgram(), "-t", "-c", m.rc).Run()).To(Succeed())
	Expect(exec.Command(monitProgram(), "-c", m.rc).Run()).To(Succeed())
	return m
}

// quit ends monit, and waits until it has ended.
func (m monit) quit() {
	GinkgoHelper()
	number, err := strconv.Atoi(strings.TrimSpace(contents("/var/vcap/monit/pid")()))
	Expect(err).NotTo(HaveOccurred())
	Expect(exec.Command(monitProgram(), "-c", m.rc, "quit").Run()).To(Succeed())
	Eventually(func() error { return syscall.Kill(number, 0) }, soon).Should(MatchError(syscall.ESRCH))
}

// remove removes all jobs from the VM, and the state of monit.
func (m monit) remove() {
	GinkgoHelper()
	m.do("stop", "all")
	Eventually(func() string { return m.summary()["cert-health"] }, soon).Should(Equal("Not monitored"))
	m.quit()
	for _, dir := range []string{"jobs", "data", "sys/run", "sys/log", "monit"} {
		Expect(os.RemoveAll(filepath.Join("/var/vcap", dir))).To(Succeed())
	}
	makeDirs()
}

// do runs a command of monit.
func (m monit) do(args ...string) {
	GinkgoHelper()
	Eventually(func() error { return exec.Command(monitProgram(), append([]string{"-c", m.rc}, args...)...).Run() }, "20s").Should(Succeed())
}

// summaryLine is a line of monit summary: of version 5.2.5, "File 'NAME'   accessible", and of
// newer versions, "NAME   OK   File".
var summaryLine = regexp.MustCompile(`(?m)^ *(?:\w+ '(cert-health[\w-]*)' +(\S.*?)|(cert-health[\w-]*) +(\S.*?) +(?:Process|File)) *$`)

// summary returns the states of monit summary, by check, in the words of newer versions.
func (m monit) summary() map[string]string {
	states := map[string]string{}
	for _, match := range summaryLine.FindAllStringSubmatch(m.summaryText(), -1) {
		name, state := match[1]+match[3], match[2]+match[4]
		switch state {
		case "running", "accessible":
			state = "OK"
		case "not monitored":
			state = "Not monitored"
		}
		states[name] = state
	}
	return states
}

// summaryText returns the output of monit summary. Newer versions draw a table without -B, which
// 5.2.5 does not know.
func (m monit) summaryText() string {
	out, err := exec.Command(monitProgram(), "-B", "-c", m.rc, "summary").Output()
	if err != nil {
		out, _ = exec.Command(monitProgram(), "-c", m.rc, "summary").Output()
	}
	return string(out)
}

// state returns the state of one check.
func (m monit) state(name string) func() string {
	return func() string { return m.summary()[name] }
}
