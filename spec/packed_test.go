package spec_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	birelman "github.com/cloudfoundry/bosh-cli/v7/release/manifest"
	"github.com/cloudfoundry/bosh-utils/logger"
	"github.com/cloudfoundry/bosh-utils/system"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

const (
	packedVersion = "1.2.3+dev.4"
	goPackage     = "golang-1.26-linux"
)

// programs lists the programs of the release. Each has a package with its name.
func programs() []string {
	return []string{"cert-health", "cert-health-alerts", "cert-health-hub"}
}

// packed is the path of the release.tgz that scripts/release packs from this tree.
var packed = once(func() string {
	output := filepath.Join(suiteDir, "release.tgz")
	command := release(output)
	out, err := command.CombinedOutput()
	Expect(err).NotTo(HaveOccurred(), string(out))
	return output
})

// release is the command that packs a release.
func release(output string) *exec.Cmd {
	command := exec.Command(filepath.Join(root, "scripts", "release"))
	command.Env = append(os.Environ(), "OUTPUT="+output, "VERSION="+packedVersion)
	return command
}

// unpacked is the directory with the contents of that file and of every archive in it:
// the contents of jobs/NAME.tgz are in jobs/NAME.
var unpacked = once(func() string {
	dir := filepath.Join(suiteDir, "release")
	unpack(packed(), dir)
	archives, err := filepath.Glob(filepath.Join(dir, "*", "*.tgz"))
	Expect(err).NotTo(HaveOccurred())
	for _, archive := range archives {
		unpack(archive, strings.TrimSuffix(archive, ".tgz"))
	}
	return dir
})

func unpack(archive, dir string) {
	GinkgoHelper()
	Expect(os.MkdirAll(dir, 0o755)).To(Succeed())
	out, err := run("tar", "-xzf", archive, "-C", dir)
	Expect(err).NotTo(HaveOccurred(), out)
}

// listed lists the files in an archive, without the directories.
func listed(archive string) (names []string) {
	GinkgoHelper()
	out, err := run("tar", "-tzf", archive)
	Expect(err).NotTo(HaveOccurred(), out)
	for _, name := range strings.Split(out, "\n") {
		if !strings.HasSuffix(name, "/") {
			names = append(names, strings.TrimPrefix(name, "./"))
		}
	}
	return names
}

// releaseManifest is release.MF, as the Director reads it.
func releaseManifest() birelman.Manifest {
	GinkgoHelper()
	fs := system.NewOsFileSystem(logger.NewLogger(logger.LevelNone))
	released, err := birelman.NewManifestFromPath(filepath.Join(unpacked(), "release.MF"), fs)
	Expect(err).NotTo(HaveOccurred())
	return released
}

// fingerprint returns the fingerprint of a package in release.MF.
func fingerprint(name string) string {
	GinkgoHelper()
	for _, pkg := range releaseManifest().Packages {
		if pkg.Name == name {
			return pkg.Fingerprint
		}
	}
	Fail("no package is called " + name)
	return ""
}

// digests returns the digest of each archive in release.MF.
func digests(released birelman.Manifest) map[string]string {
	all := map[string]string{"license.tgz": released.License.SHA1}
	for _, job := range released.Jobs {
		all[fmt.Sprintf("jobs/%s.tgz", job.Name)] = job.SHA1
	}
	for _, pkg := range released.Packages {
		all[fmt.Sprintf("packages/%s.tgz", pkg.Name)] = pkg.SHA1
	}
	return all
}
