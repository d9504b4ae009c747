package fleet_test

import (
	"fmt"
	"os"
	"os/exec"
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// inside is set for the process that runs in the namespaces.
const inside = "CERT_HEALTH_FLEET_INSIDE"

// TestMain runs the tests in mount, network and process namespaces of their own, which leave nothing
// on the machine. The VMs are namespaces below them.
func TestMain(m *testing.M) {
	if os.Getuid() != 0 || os.Getenv(inside) != "" {
		os.Exit(m.Run())
	}
	// The first process of a namespace inherits its orphans. bash waits for them, as init does.
	command := exec.Command("unshare", append([]string{"--mount", "--net", "--pid", "--fork", "--kill-child",
		"--mount-proc", "--propagation", "private", "bash", "-c", `"$0" "$@" & wait $!`, os.Args[0]}, os.Args[1:]...)...)
	command.Env = append(os.Environ(), inside+"=yes")
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := command.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "in namespaces of their own:", err)
		os.Exit(1)
	}
}

func TestFleet(t *testing.T) {
	if os.Getenv(inside) == "" {
		t.Skip("it needs root, to make namespaces")
	}
	RegisterFailHandler(Fail)
	RunSpecs(t, "Fleet")
}

// must returns the value, or fails the spec.
func must[T any](value T, err error) T {
	GinkgoHelper()
	Expect(err).NotTo(HaveOccurred())
	return value
}

// run runs a program that has to succeed.
func run(program string, args ...string) string {
	GinkgoHelper()
	out, err := exec.Command(program, args...).CombinedOutput()
	Expect(err).NotTo(HaveOccurred(), "%s %v: %s", program, args, out)
	return string(out)
}
