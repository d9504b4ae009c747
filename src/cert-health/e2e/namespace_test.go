package e2e_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// inside is set for the process that runs in the namespaces.
const inside = "CERT_HEALTH_E2E_INSIDE"

// TestMain runs the tests in mount, network and process namespaces of their own: they have
// their own /var/vcap, ports of monit and bosh-agent, and user vcap, and leave nothing on the
// machine.
func TestMain(m *testing.M) {
	if os.Getuid() != 0 || os.Getenv(inside) != "" {
		os.Exit(m.Run())
	}
	command := exec.Command("unshare", append([]string{"--mount", "--net", "--pid", "--fork", "--kill-child",
		"--mount-proc", "--propagation", "private",
		// The first process of a namespace inherits its orphans. bash waits for them, as
		// init does.
		"bash", "-c", `"$0" "$@" & wait $!`, os.Args[0]}, os.Args[1:]...)...)
	command.Env = append(os.Environ(), inside+"=yes")
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := command.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "in namespaces of their own:", err)
		os.Exit(1)
	}
}

func TestE2E(t *testing.T) {
	if os.Getenv(inside) == "" {
		t.Skip("it needs root, to make namespaces and to drop privileges in them")
	}
	RegisterFailHandler(Fail)
	RunSpecs(t, "End to end")
}

// vm turns this namespace into a BOSH VM: an empty /var/vcap, the user vcap, loopback.
func vm() {
	GinkgoHelper()
	dir := GinkgoT().TempDir()
	Expect(os.Chmod(dir, 0o755)).To(Succeed())
	Expect(os.Chmod(filepath.Dir(dir), 0o755)).To(Succeed())
	user("/etc/passwd", "vcap:x:1000:1000::/home/vcap:/bin/bash\n", filepath.Join(dir, "passwd"))
	user("/etc/group", "vcap:x:1000:\n", filepath.Join(dir, "group"))
	Expect(syscall.Mount("tmpfs", "/var", "tmpfs", 0, "")).To(Succeed())
	makeDirs()
	Expect(exec.Command("ip", "link", "set", "lo", "up").Run()).To(Succeed())
}

// makeDirs makes the directories of a VM without jobs.
func makeDirs() {
	GinkgoHelper()
	for _, dir := range []string{"jobs", "packages/cert-health/bin", "data/jobs", "sys/run", "sys/log", "instance", "monit"} {
		Expect(os.MkdirAll(filepath.Join("/var/vcap", dir), 0o755)).To(Succeed())
	}
}

// user inserts a line at the start of a file, for this namespace only.
func user(file, line, copied string) {
	GinkgoHelper()
	contents, err := os.ReadFile(file)
	Expect(err).NotTo(HaveOccurred())
	Expect(os.WriteFile(copied, append([]byte(line), contents...), 0o644)).To(Succeed())
	Expect(syscall.Mount(copied, file, "", syscall.MS_BIND, "")).To(Succeed())
}
