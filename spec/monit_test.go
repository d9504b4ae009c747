package spec_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// monitFiles renders the monit files of all jobs, each with its n-th good case
// or, where it has fewer, the last. The first sets nothing, the second all it can.
func monitFiles(n int) (contents []string) {
	GinkgoHelper()
	for _, j := range jobs() {
		good := casesOf(j).Good
		monit, err := os.ReadFile(filepath.Join(j.rendered(good[min(n, len(good)-1)].Properties), "monit"))
		Expect(err).NotTo(HaveOccurred())
		contents = append(contents, string(monit))
	}
	return contents
}

// monitAccepts feeds monit a control file as bosh-agent would put it together.
func monitAccepts(monitFiles []string) {
	GinkgoHelper()
	dir := GinkgoT().TempDir()
	control := fmt.Sprintf("set daemon 10\nset idfile %s/id\nset statefile %s/state\n%s", dir, dir, strings.Join(monitFiles, "\n"))
	path := filepath.Join(dir, "monitrc")
	Expect(os.WriteFile(path, []byte(control), 0o700)).To(Succeed())
	out, err := run("monit", "-t", "-c", path)
	Expect(err).NotTo(HaveOccurred(), out)
	Expect(out).To(ContainSubstring("Control file syntax OK"))
}

var _ = Describe("the monit files of all jobs", func() {
	check := regexp.MustCompile(`(?m)^\s*check\s+(\w+)\s+(\S+)`)

	for n := range 2 {
		It(fmt.Sprintf("pass monit together, since one error stops monit for the whole VM, in good case %d", n), func() {
			monitAccepts(monitFiles(n))
		})
	}

	It("use names that no other release has, and each once, since names are global and ignore case", func() {
		seen := map[string]bool{}
		for _, match := range check.FindAllStringSubmatch(strings.Join(monitFiles(0), "\n"), -1) {
			name := strings.ToLower(match[2])
			Expect(name).To(HavePrefix("cert-health"))
			Expect(seen).NotTo(HaveKey(name))
			seen[name] = true
		}
	})

	It("say only what the stemcell's monit 5.2.5 understands", func() {
		for _, match := range check.FindAllStringSubmatch(strings.Join(monitFiles(0), "\n"), -1) {
			Expect(match[1]).To(BeElementOf("process", "file", "host", "directory", "fifo", "filesystem", "system"))
		}
	})

	It("hold nothing that would make them blind: a match never reaches the Health Monitor, a dependent is not watched again", func() {
		Expect(strings.Join(monitFiles(1), "\n")).NotTo(MatchRegexp(`(?m)^\s*(if match|depends on)\b`))
	})

	It("count nothing but processes for the instance's health, unless the operator says so", func() {
		quiet, strict := strings.Join(monitFiles(0), "\n"), strings.Join(monitFiles(1), "\n")
		Expect(strings.Count(quiet, "group vcap")).To(Equal(strings.Count(quiet, "check process")))
		Expect(strings.Count(strict, "group vcap")).To(BeNumerically(">", strings.Count(quiet, "group vcap")))
	})
})
