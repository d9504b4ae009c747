package spec_test

import (
	"os/exec"
	"path/filepath"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// program is the path of the program, built of the tree as it is.
var program = once(func() string {
	binary := filepath.Join(suiteDir, "cert-health")
	command := exec.Command("go", "build", "-buildvcs=false", "-o", binary, "./cmd/cert-health")
	command.Dir = filepath.Join(root, "src", "cert-health")
	out, err := command.CombinedOutput()
	Expect(err).NotTo(HaveOccurred(), string(out))
	return binary
})

// suiteDir is there for as long as the suite runs, for what is made once.
var suiteDir string

var _ = BeforeSuite(func() { suiteDir = GinkgoT().TempDir() })

// once makes something when it is first asked for. That spec fails if it cannot
// be made, and so does each that asks later.
func once(make func() string) func() string {
	var lock sync.Mutex
	var made string
	return func() string {
		lock.Lock()
		defer lock.Unlock()
		if made == "" {
			made = make()
		}
		return made
	}
}
