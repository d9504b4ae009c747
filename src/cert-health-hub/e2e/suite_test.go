package e2e_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

func TestE2E(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Hub and commands")
}

// programs is the directory with the two programs.
var programs string

var _ = BeforeSuite(func() {
	programs = must(os.MkdirTemp("", "hub-e2e"))
	DeferCleanup(os.RemoveAll, programs)
	for program, module := range map[string]string{"cert-health": "../../cert-health", "cert-health-hub": ".."} {
		command := exec.Command("go", "build", "-o", filepath.Join(programs, program), "./cmd/"+program)
		command.Dir = module
		out, err := command.CombinedOutput()
		Expect(err).NotTo(HaveOccurred(), string(out))
	}
})

func must[T any](value T, err error) T {
	GinkgoHelper()
	Expect(err).NotTo(HaveOccurred())
	return value
}
