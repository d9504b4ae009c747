package e2e_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
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

func contents(path string) func() string {
	return func() string {
		text, _ := os.ReadFile(path)
		return string(text)
	}
}

func status(name string) func() string { return contents(filepath.Join(statusDir, name)) }

// soon is the deadline for what takes a few scans.
const soon = 30 * time.Second
