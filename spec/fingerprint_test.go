package spec_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	bicrypto "github.com/cloudfoundry/bosh-cli/v7/crypto"
	bipkg "github.com/cloudfoundry/bosh-cli/v7/release/pkg"
	"github.com/cloudfoundry/bosh-cli/v7/release/resource"
	boshcrypto "github.com/cloudfoundry/bosh-utils/crypto"
	"github.com/cloudfoundry/bosh-utils/logger"
	"github.com/cloudfoundry/bosh-utils/system"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// checkout is the directory of a copy of this tree, which a spec may change.
type checkout string

// newCheckout copies the files that git tracks or would add into a git
// repository of their own.
func newCheckout() checkout {
	GinkgoHelper()
	c := checkout(GinkgoT().TempDir())
	for _, file := range tracked() {
		info, err := os.Stat(filepath.Join(root, file))
		Expect(err).NotTo(HaveOccurred())
		c.write(file, read(file), info.Mode())
	}
	out, err := run("git", "-C", string(c), "init", "-q")
	Expect(err).NotTo(HaveOccurred(), out)
	return c
}

func (c checkout) write(file, contents string, mode os.FileMode) {
	GinkgoHelper()
	path := filepath.Join(string(c), file)
	Expect(os.MkdirAll(filepath.Dir(path), 0o755)).To(Succeed())
	Expect(os.WriteFile(path, []byte(contents), mode)).To(Succeed())
}

// touch appends a line to files.
func (c checkout) touch(line string, files ...string) {
	GinkgoHelper()
	for _, file := range files {
		c.write(file, read(file)+line+"\n", 0o644)
	}
}

// remove deletes the line of a file that contains a string.
func (c checkout) remove(file, part string) {
	GinkgoHelper()
	lines := strings.Split(read(file), "\n")
	kept := slices.DeleteFunc(slices.Clone(lines), func(line string) bool { return strings.Contains(line, part) })
	Expect(kept).To(HaveLen(len(lines) - 1))
	c.write(file, strings.Join(kept, "\n"), 0o644)
}

// fingerprints are those of the packages of all programs. They are calculated
// by the BOSH CLI's library, without packing anything.
func (c checkout) fingerprints() map[string]string {
	GinkgoHelper()
	staged := filepath.Join(GinkgoT().TempDir(), "staged")
	out, err := run(filepath.Join(string(c), "scripts", "stage"), staged)
	Expect(err).NotTo(HaveOccurred(), out)

	fs := system.NewOsFileSystem(logger.NewLogger(logger.LevelNone))
	digests := bicrypto.NewDigestCalculator(fs, []boshcrypto.Algorithm{boshcrypto.DigestAlgorithmSHA256})
	reader := bipkg.NewDirReaderImpl(func(args resource.ArchiveFactoryArgs) resource.Archive {
		fingerprinter := resource.NewFingerprinterImpl(digests, fs, args.FollowSymlinks)
		return resource.NewArchiveImpl(args, staged, fingerprinter, nil, digests, nil, fs)
	}, filepath.Join(staged, "src"), filepath.Join(staged, "blobs"), fs)

	programs, err := filepath.Glob(filepath.Join(staged, "src", "*"))
	Expect(err).NotTo(HaveOccurred())
	found := map[string]string{}
	for _, program := range programs {
		name := filepath.Base(program)
		pkg, err := reader.Read(filepath.Join(staged, "packages", name))
		Expect(err).NotTo(HaveOccurred(), name)
		found[name] = pkg.Fingerprint()
	}
	return found
}

var _ = Describe("the fingerprint of a package", func() {
	const agent, plugin, hub = "cert-health", "cert-health-alerts", "cert-health-hub"
	var before map[string]string
	var changed checkout

	BeforeEach(func() {
		if before == nil {
			before = newCheckout().fingerprints()
			Expect(slices.Collect(maps.Keys(before))).To(ConsistOf(programs()))
		}
		changed = newCheckout()
	})

	It("of the agent stays when only other programs, tests or texts change, so that BOSH updates no VM for them", func() {
		changed.touch("// changed", "src/cert-health/cmd/cert-health-alerts/main.go", "src/cert-health/internal/alerts/plugin.go",
			"src/cert-health-hub/cmd/cert-health-hub/main.go", "src/cert-health/cmd/bench/main.go", "src/devvault/main.go", "src/cert-health/internal/alert/alert_test.go")
		changed.touch("# changed", "jobs/cert-health/templates/ctl.erb", "jobs/cert-health/spec", "packages/cert-health/spec",
			"packages/cert-health-alerts/packaging", "README.md", "docs/releasing.md", "Makefile")
		changed.remove("src/cert-health/go.mod", "pgregory.net/rapid")
		changed.remove("src/cert-health-hub/go.mod", "github.com/chromedp/chromedp ")

		after := changed.fingerprints()
		Expect(after[hub]).NotTo(Equal(before[hub]))
		Expect(after[plugin]).NotTo(Equal(before[plugin]))
		Expect(after[agent]).To(Equal(before[agent]))
	})

	It("changes for the agent's own code, and stays for the plugin", func() {
		changed.touch("// changed", "src/cert-health/cmd/cert-health/main.go")
		after := changed.fingerprints()
		Expect(after[agent]).NotTo(Equal(before[agent]))
		Expect(after[plugin]).To(Equal(before[plugin]))
	})

	It("changes for each program that imports the changed code, in another module too", func() {
		changed.touch("// changed", "src/cert-health/internal/strict/strict.go")
		after := changed.fingerprints()
		for _, name := range []string{agent, plugin, hub} {
			Expect(after[name]).NotTo(Equal(before[name]), name)
		}
	})
})

// ownDirectories lists the directories of the program's own module with the files that it is compiled from, embedded
// files included.
func ownDirectories(program string) (directories []string) {
	GinkgoHelper()
	const own = `{{if .Module}}{{if .Module.Main}}{{$dir := .Dir}}{{range .GoFiles}}{{$dir}}/{{.}}{{"\n"}}{{end}}` +
		`{{range .EmbedFiles}}{{$dir}}/{{.}}{{"\n"}}{{end}}{{end}}{{end}}`
	for _, file := range listImports(program, own) {
		_, below, _ := strings.Cut(filepath.ToSlash(filepath.Dir(file)), "/src/")
		_, directory, _ := strings.Cut(below, "/") // behind the directory of the module
		directories = append(directories, directory)
	}
	slices.Sort(directories)
	return slices.Compact(directories)
}

var _ = Describe("the files of a package", func() {
	for _, name := range programs() {
		It("are for "+name+" the directories that the program imports, no more and no fewer", func() {
			expected := []string{name + "/go.mod", name + "/vendor/**/*"}
			for _, dir := range ownDirectories(name) {
				expected = append(expected, name+"/"+dir+"/*")
			}
			var listed struct{ Files []string }
			parse(filepath.Join(root, "packages", name, "spec"), &listed)
			Expect(listed.Files).To(ConsistOf(expected))
		})
	}

	It("must all be listed: staging fails for a directory that is not", func() {
		changed := newCheckout()
		changed.remove("packages/cert-health/spec", "  - cert-health/internal/verdict/*")
		out, err := run(filepath.Join(string(changed), "scripts", "stage"), filepath.Join(GinkgoT().TempDir(), "staged"))
		Expect(err).To(HaveOccurred())
		Expect(out).To(ContainSubstring(`packages/cert-health/spec does not list cert-health/internal/verdict`))
	})
})
