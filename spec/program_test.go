package spec_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// program is the path of a program built from this tree.
func program(name string) string {
	GinkgoHelper()
	return filepath.Join(built(), name)
}

// built is the directory with the programs that scripts/build builds.
var built = once(func() string {
	dir := filepath.Join(suiteDir, "bin")
	command := exec.Command(filepath.Join(root, "scripts", "build"))
	command.Env = append(os.Environ(), "OUTPUT="+dir)
	out, err := command.CombinedOutput()
	Expect(err).NotTo(HaveOccurred(), string(out))
	return dir
})

// suiteDir is a directory for results that are made once. It exists until the suite ends.
var suiteDir string

var _ = BeforeSuite(func() { suiteDir = GinkgoT().TempDir() })

// once makes a result at its first use. If that fails, the spec fails, and each later
// use tries again.
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
