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

// inside marks the process that runs in the namespaces.
const inside = "CERT_HEALTH_E2E_INSIDE"

// TestMain runs the tests once more in mount, network and process namespaces:
// /var/vcap, the ports of monit and bosh-agent, and the user vcap are then theirs
// alone, and nothing of it is left on the machine afterwards.
func TestMain(m *testing.M) {
	if os.Getuid() != 0 || os.Getenv(inside) != "" {
		os.Exit(m.Run())
	}
	command := exec.Command("unshare", append([]string{"--mount", "--net", "--pid", "--fork", "--kill-child",
		"--mount-proc", "--propagation", "private",
		// The first process of a namespace inherits its orphans, and bash buries
		// them when they die, as init does.
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

// vm makes this namespace a BOSH VM: an empty /var/vcap, the user vcap, loopback.
func vm() {
	GinkgoHelper()
	dir := GinkgoT().TempDir()
	Expect(os.Chmod(dir, 0o755)).To(Succeed())
	Expect(os.Chmod(filepath.Dir(dir), 0o755)).To(Succeed())
	user("/etc/passwd", "vcap:x:1000:1000::/home/vcap:/bin/bash\n", filepath.Join(dir, "passwd"))
	user("/etc/group", "vcap:x:1000:\n", filepath.Join(dir, "group"))
	Expect(syscall.Mount("tmpfs", "/var", "tmpfs", 0, "")).To(Succeed())
	folders()
	Expect(exec.Command("ip", "link", "set", "lo", "up").Run()).To(Succeed())
}

// folders makes those that a VM has before there is any job on it.
func folders() {
	GinkgoHelper()
	for _, folder := range []string{"jobs", "packages/cert-health/bin", "data/jobs", "sys/run", "sys/log", "instance", "monit"} {
		Expect(os.MkdirAll(filepath.Join("/var/vcap", folder), 0o755)).To(Succeed())
	}
}

// user puts a line at the front of a file, for this namespace only.
func user(file, line, copied string) {
	GinkgoHelper()
	contents, err := os.ReadFile(file)
	Expect(err).NotTo(HaveOccurred())
	Expect(os.WriteFile(copied, append([]byte(line), contents...), 0o644)).To(Succeed())
	Expect(syscall.Mount(copied, file, "", syscall.MS_BIND, "")).To(Succeed())
}
