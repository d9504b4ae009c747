package spec_test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// status is git's status of the tree.
func status() string {
	GinkgoHelper()
	out, err := run("git", "-C", root, "status", "--porcelain")
	Expect(err).NotTo(HaveOccurred(), out)
	return out
}

func digest(path string) string {
	GinkgoHelper()
	contents, err := os.ReadFile(path)
	Expect(err).NotTo(HaveOccurred())
	return fmt.Sprintf("sha256:%x", sha256.Sum256(contents))
}

// expectEach expects that each file matches one of the patterns, and each
// pattern at least one file.
func expectEach(files []string, patterns ...string) {
	GinkgoHelper()
	for _, file := range files {
		Expect(slices.ContainsFunc(patterns, func(pattern string) bool {
			matches, err := MatchRegexp("^" + pattern + "$").Match(file)
			return matches && err == nil
		})).To(BeTrue(), "%s must not be there", file)
	}
	for _, pattern := range patterns {
		Expect(files).To(ContainElement(MatchRegexp("^" + pattern + "$")))
	}
}

var _ = Describe("the packed release", func() {
	It("holds all jobs and packages, the licence, and nothing else", func() {
		expected := []string{"release.MF", "LICENSE", "NOTICE", "license.tgz", "packages/" + goPackage + ".tgz"}
		for _, name := range programs() {
			expected = append(expected, "packages/"+name+".tgz")
		}
		for _, j := range jobs() {
			expected = append(expected, "jobs/"+j.Name+".tgz")
		}
		Expect(listed(packed())).To(ConsistOf(expected))
	})

	It("names itself and its commit, so that an operator can see which version runs", func() {
		released := releaseManifest()
		commit, err := run("git", "-C", root, "rev-parse", "--short", "HEAD")
		Expect(err).NotTo(HaveOccurred())
		Expect(released.Name).To(Equal("cert-health"))
		Expect(released.Version).To(Equal(packedVersion))
		Expect(released.CommitHash).To(Equal(commit))
		Expect(released.UncommittedChanges).To(Equal(status() != ""))
	})

	It("has the digest of each archive, which the Director compares", func() {
		for archive, expected := range digests(releaseManifest()) {
			Expect(digest(filepath.Join(unpacked(), archive))).To(Equal(expected), archive)
		}
	})

	It("lists what each job and package needs, so that no VM has the program of another job", func() {
		for _, released := range releaseManifest().Jobs {
			Expect(released.Packages).To(ConsistOf(released.Name), "each job runs the program with its name")
		}
		for _, released := range releaseManifest().Packages {
			if slices.Contains(programs(), released.Name) {
				Expect(released.Dependencies).To(ConsistOf(goPackage), released.Name)
			}
		}
	})

	It("contains for each job its spec, its monit file and the templates that the spec lists", func() {
		for _, j := range jobs() {
			expected := []string{"job.MF", "monit"}
			for template := range j.Templates {
				expected = append(expected, "templates/"+template)
			}
			Expect(listed(filepath.Join(unpacked(), "jobs", j.Name+".tgz"))).To(ConsistOf(expected))
		}
	})

	for _, name := range programs() {
		It("contains for "+name+" only its sources: no test, no test data, no demo, and nothing of another program", func() {
			sources := listed(filepath.Join(unpacked(), "packages", name+".tgz"))
			expectEach(sources, "packaging", name+"/go.mod", name+"/vendor/.+",
				name+"/cmd/"+name+`/\w+\.go`, name+`/internal/[\w/.-]+`)
			Expect(sources).NotTo(ContainElement(MatchRegexp(`_test\.go$|/testdata/|/vendor/(github.com/onsi|pgregory.net)/`)))
			packed := map[string]bool{}
			for _, source := range sources {
				dir, ours := strings.CutPrefix(path.Dir(source), name+"/")
				_, vendored := strings.CutPrefix(dir, "vendor/")
				if ours && dir != "vendor" && !vendored {
					packed[dir] = true
				}
			}
			imported := map[string]bool{}
			for _, dir := range ownDirectories(name) {
				imported[dir] = true
			}
			Expect(packed).To(Equal(imported))
		})
	}

	It("contains Go without the time of a commit, because with a new Go package the Director updates every VM", func() {
		blob := filepath.Join(unpacked(), "packages", goPackage, "golang")
		out, err := run("bash", "-c", `TZ=UTC tar -tvzf "$1"/*.tar.gz | awk '{ print $4 }' | sort -u`, "-", blob)
		Expect(err).NotTo(HaveOccurred(), out)
		Expect(out).To(Equal("1980-01-01"))
	})

	It("contains only the part of Go that compiling needs", func() {
		expectEach(listed(filepath.Join(unpacked(), "packages", goPackage+".tgz")), "packaging", `golang/go1\.26\.\d+\.linux-amd64\.tar\.gz`)
		blobs, err := filepath.Glob(filepath.Join(unpacked(), "packages", goPackage, "golang", "*"))
		Expect(err).NotTo(HaveOccurred())
		parts := listed(blobs[0])
		expectEach(parts, "go/LICENSE", "go/PATENTS", "go/VERSION", "go/bin/go", `go/pkg/include/\w+\.h`,
			"go/pkg/tool/linux_amd64/(asm|compile|link)", "go/src/.+")
		Expect(parts).NotTo(ContainElement(MatchRegexp(`_test\.go$|/testdata/|^go/src/cmd/`)))
		Expect(parts).To(ContainElement("go/src/go.mod"))
	})
})

var _ = Describe("packing a release", func() {
	It("leaves the tree as it was", func() {
		before := status()
		packed()
		Expect(status()).To(Equal(before))
	})

	It("gives the same bytes for the same tree, so that anyone can check a release", func() {
		output := filepath.Join(GinkgoT().TempDir(), "again.tgz")
		first := digest(packed())
		out, err := release(output).CombinedOutput()
		Expect(err).NotTo(HaveOccurred(), string(out))
		Expect(digest(output)).To(Equal(first))
	})
})
