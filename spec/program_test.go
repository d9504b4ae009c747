package spec_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// program is the path of one of our programs, built of the tree as it is.
func program(name string) string {
	GinkgoHelper()
	return filepath.Join(built(), name)
}

// built is the folder that holds what scripts/build builds.
var built = once(func() string {
	dir := filepath.Join(suiteDir, "bin")
	command := exec.Command(filepath.Join(root, "scripts", "build"))
	command.Env = append(os.Environ(), "OUTPUT="+dir)
	out, err := command.CombinedOutput()
	Expect(err).NotTo(HaveOccurred(), string(out))
	return dir
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
