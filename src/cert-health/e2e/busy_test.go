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

// worked is the time that a process has computed, in ticks of ten milliseconds.
func worked(pid int) int {
	_, fields, _ := strings.Cut(contents(fmt.Sprintf("/proc/%d/stat", pid))(), ") ")
	ticks, _ := strconv.Atoi(strings.Fields(fields + strings.Repeat(" 0", 12))[11])
	return ticks
}

var _ = Describe("a VM whose jobs keep the agent busy", Ordered, Serial, func() {
	AfterEach(explain)
	AfterAll(func() {
		script("ctl", "stop")
		for _, dir := range []string{"/var/vcap/jobs", "/var/vcap/data", "/var/vcap/sys/run", "/var/vcap/sys/log"} {
			Expect(os.RemoveAll(dir)).To(Succeed())
		}
		makeDirs()
	})

	It("ends within a second after SIGTERM, in the middle of a scan", func() {
		dir := GinkgoT().TempDir()
		pair := scenario.Issue(scenario.Spec{CommonName: "store"})
		for name, text := range map[string]string{"crt": pair.CertPEM(), "key": pair.KeyPEM()} {
			Expect(os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600)).To(Succeed())
		}
		// No password opens the stores, so each password is derived.
		store := exec.Command("openssl", "pkcs12", "-export", "-in", "crt", "-inkey", "key", "-iter", "500000", "-passout", "pass:unknown", "-out", "store.p12")
		store.Dir = dir
		out, err := store.CombinedOutput()
		Expect(err).NotTo(HaveOccurred(), string(out))
		made, err := os.ReadFile(filepath.Join(dir, "store.p12"))
		Expect(err).NotTo(HaveOccurred())
		vm := scenario.VM{Deployment: "cf", Group: "cell", ID: "0", Jobs: map[string]scenario.Files{}}
		for n := range 20 {
			vm.Jobs[fmt.Sprintf("job%02d", n)] = scenario.Files{"config/store.p12": string(made) + strconv.Itoa(n), "config/again.p12": string(made) + "x" + strconv.Itoa(n)}
		}
		Expect(vm.Write("/")).To(Succeed())
		chown("/var/vcap/data/jobs")
		install(map[string]any{"cert_health": map[string]any{"agent": map[string]any{"scan_interval": "1s"}}})
		script("pre-start")
		script("ctl", "start")
		busy := pid()
		Eventually(func() int { return worked(busy) }, soon).Should(BeNumerically(">", 100))
		Expect(status("heartbeat")()).To(HavePrefix("started"), "the first scan is under way")
		Expect(syscall.Kill(busy, syscall.SIGTERM)).To(Succeed())
		Eventually(runs(busy), "1s", "10ms").Should(BeFalse())
	})
})
