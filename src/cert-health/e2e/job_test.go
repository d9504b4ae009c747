package e2e_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/scenario"
)

const (
	projectRoot = "../../.."
	statusDir   = "/var/vcap/data/cert-health/status"
	pidfile     = "/var/vcap/sys/run/cert-health/cert-health.pid"
	logFile     = "/var/vcap/sys/log/cert-health/cert-health.log"
)

// properties returns properties of the job with intervals that are short enough for a test.
func properties(vault *centralVault) map[string]any {
	p := map[string]any{
		"agent":      map[string]any{"scan_interval": "1s", "compare_interval": "1s"},
		"thresholds": map[string]any{"drift_grace": "4s"},
		"alerts":     map[string]any{"quiet_after_start": "1s"},
	}
	if vault != nil {
		p["vault"] = map[string]any{"address": vault.Address, "paths": []string{"secret/{{deployment}}"}, "auth": map[string]any{"approle": map[string]any{"role_id": vault.roleID, "secret_id": vault.secretID}}}
	}
	return map[string]any{"cert_health": p}
}

// install renders the job as the Director does, and installs it.
func install(properties map[string]any) {
	GinkgoHelper()
	encoded, err := json.Marshal(properties)
	Expect(err).NotTo(HaveOccurred())
	renderer := exec.Command(renderProgram, "-job", filepath.Join(projectRoot, "jobs/cert-health"), "-out", "/var/vcap/jobs/cert-health", "-properties", string(encoded))
	out, err := renderer.CombinedOutput()
	Expect(err).NotTo(HaveOccurred(), string(out))
	chown("/var/vcap/jobs/cert-health")
	program, err := os.ReadFile(builtProgram)
	Expect(err).NotTo(HaveOccurred())
	Expect(os.WriteFile("/var/vcap/packages/cert-health/bin/cert-health", program, 0o755)).To(Succeed())
}

// chown makes vcap the group of files, as bosh-agent does.
func chown(dir string) {
	GinkgoHelper()
	Expect(exec.Command("chgrp", "-R", "vcap", dir).Run()).To(Succeed())
}

// deploy installs a job with one certificate.
func deploy(pair *scenario.Pair) {
	GinkgoHelper()
	vm := scenario.VM{Deployment: "cf", Group: "diego-cell", ID: "c2a1f6d8", AZ: "z1", Jobs: map[string]scenario.Files{
		"rep": {"config/certs/server.crt": pair.CertPEM(), "config/certs/server.key": pair.KeyPEM()},
	}}
	Expect(vm.Write("/")).To(Succeed())
	chown("/var/vcap/data/jobs")
}

// script runs one of the job's scripts.
func script(name string, args ...string) {
	GinkgoHelper()
	out, err := exec.Command("/var/vcap/jobs/cert-health/bin/"+name, args...).CombinedOutput()
	Expect(err).NotTo(HaveOccurred(), string(out))
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
	Expect(exec.Command("monit", "-t", "-c", m.rc).Run()).To(Succeed())
	Expect(exec.Command("monit", "-c", m.rc).Run()).To(Succeed())
	return m
}

// quit ends monit, and waits until it has ended.
func (m monit) quit() {
	GinkgoHelper()
	number, err := strconv.Atoi(strings.TrimSpace(contents("/var/vcap/monit/pid")()))
	Expect(err).NotTo(HaveOccurred())
	Expect(exec.Command("monit", "-c", m.rc, "quit").Run()).To(Succeed())
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
	Eventually(func() error { return exec.Command("monit", append([]string{"-c", m.rc}, args...)...).Run() }, "20s").Should(Succeed())
}

// summary returns the states of monit summary, by check.
func (m monit) summary() map[string]string {
	out, _ := exec.Command("monit", "-B", "-c", m.rc, "summary").Output()
	states := map[string]string{}
	for _, line := range strings.Split(string(out), "\n") {
		words := strings.Fields(line)
		if len(words) >= 3 && strings.HasPrefix(words[0], "cert-health") {
			states[words[0]] = strings.Join(words[1:len(words)-1], " ")
		}
	}
	return states
}

// state returns the state of one check.
func (m monit) state(name string) func() string {
	return func() string { return m.summary()[name] }
}

func contents(path string) func() string {
	return func() string {
		text, _ := os.ReadFile(path)
		return string(text)
	}
}

func status(name string) func() string { return contents(filepath.Join(statusDir, name)) }

// soon is the deadline for what takes a few scans.
const soon = 30 * time.Second
