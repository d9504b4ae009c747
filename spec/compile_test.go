package spec_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// withoutNetwork runs a command in a network namespace of its own, in which not even
// loopback is up. Some containers do not allow that. The command then runs with the
// network in reach, and the report of the suite says so.
func withoutNetwork(command ...string) *exec.Cmd {
	GinkgoHelper()
	for _, flags := range []string{"-n", "-rn"} {
		if exec.Command("unshare", flags, "true").Run() == nil {
			command = append([]string{"unshare", flags}, command...)
			return exec.Command(command[0], command[1:]...)
		}
	}
	AddReportEntry("network namespaces are not allowed here: compiled with the network in reach")
	return exec.Command(command[0], command[1:]...)
}

// compile runs a packaging script as BOSH does on a compilation VM: with its archive and
// the packages that it depends on, and without a network. What the programs have in common is compiled once: the build
// cache goes from one to the next. Go looks at each source before it takes anything from there, so that a source
// that is missing in an archive is still missed.
func compile(name, packages string) {
	GinkgoHelper()
	target := filepath.Join(GinkgoT().TempDir(), name)
	unpack(filepath.Join(unpacked(), "packages", name+".tgz"), target)
	cache, own := filepath.Join(packages, "cache"), filepath.Join(target, ".cache")
	Expect(os.Rename(cache, own)).To(Or(Succeed(), MatchError(os.ErrNotExist)), "the first has none")
	defer func() { _ = os.Rename(own, cache) }()
	installed := filepath.Join(packages, name)
	Expect(os.MkdirAll(installed, 0o755)).To(Succeed())

	command := withoutNetwork("bash", "-x", "packaging")
	command.Dir = target
	command.Env = []string{
		"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "BOSH_PACKAGE_NAME=" + name,
		"BOSH_COMPILE_TARGET=" + target, "BOSH_INSTALL_TARGET=" + installed, "BOSH_PACKAGES_DIR=" + packages,
		"BOSH_PACKAGE_VERSION=" + fingerprint(name) + ".1",
	}
	out, err := command.CombinedOutput()
	Expect(err).NotTo(HaveOccurred(), string(out))
}

var _ = Describe("the packages", func() {
	It("compile from the packed archives alone, without a network, into programs that name their package", func() {
		packages := GinkgoT().TempDir()
		compile(goPackage, packages)
		for _, name := range programs() {
			compile(name, packages)

			installed := filepath.Join(packages, name)
			Expect(files(installed)).To(HaveLen(1), "without the sources")
			version, err := run(filepath.Join(installed, "bin", name), "version")
			Expect(err).NotTo(HaveOccurred())
			Expect(version).To(HavePrefix(name + " package-" + fingerprint(name)[:12] + " (go1.26."))
			if name == "cert-health" {
				expectSmall(filepath.Join(installed, "bin", name))
			}
		}
	})
})

// expectSmall holds for the program that runs on every VM. cobra imports text/template, but executes only templates
// that a program sets. The linker drops the code that executes them, and with it the reflection that would keep every
// method of every type.
func expectSmall(program string) {
	GinkgoHelper()
	contents, err := os.ReadFile(program)
	Expect(err).NotTo(HaveOccurred())
	Expect(bytes.Contains(contents, []byte("text/template.(*Template).Execute"))).To(BeFalse())
	Expect(len(contents)).To(BeNumerically("<=", 12_000_000))
	for _, name := range []string{"publish", "x509", "rotate"} {
		out, err := run(program, name, "--help")
		Expect(err).To(HaveOccurred())
		Expect(out).To(ContainSubstring("the program on VMs has no command " + name + ": run it on your own machine"))
	}
}
