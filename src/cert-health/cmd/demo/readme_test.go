package main

import (
	"os"
	"os/exec"
	"regexp"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/scenario"

	"github.com/onsi/gomega/gexec"
)

// sampleCommand is the beginning of the command whose output the README shows.
const sampleCommand = "$ cert-health scan --root cell "

var _ = Describe("the README", func() {
	It("shows what the demo prints", func() {
		readme, err := os.ReadFile("../../../../README.md")
		Expect(err).NotTo(HaveOccurred())
		output := timeless(demoOutput())
		for part := range strings.SplitSeq(timeless(sample(string(readme))), "\n...\n") {
			Expect(output).To(ContainSubstring(part), "set README.md to what `COLUMNS=80 make demo` prints")
		}
	})
})

// sample returns the indented block of the README that begins with sampleCommand.
func sample(readme string) string {
	GinkgoHelper()
	_, after, found := strings.Cut(readme, "    "+sampleCommand)
	Expect(found).To(BeTrue())
	lines := []string{sampleCommand + strings.SplitN(after, "\n", 2)[0]}
	for line := range strings.SplitSeq(strings.SplitN(after, "\n", 2)[1], "\n") {
		if line != "" && !strings.HasPrefix(line, "    ") {
			break
		}
		lines = append(lines, strings.TrimPrefix(line, "    "))
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}

// timeless replaces dates and times, which differ between two runs.
func timeless(text string) string {
	return regexp.MustCompile(`\d{4}-\d\d-\d\d|\d\d:\d\d(:\d\d)?`).ReplaceAllString(text, "TIME")
}

func demoOutput() string {
	GinkgoHelper()
	vault, err := scenario.FindDevVault()
	Expect(err).NotTo(HaveOccurred())
	demo, err := gexec.Build("cert-health/cmd/demo")
	Expect(err).NotTo(HaveOccurred())
	program, err := gexec.Build("cert-health/cmd/cert-health")
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(gexec.CleanupBuildArtifacts)
	command := exec.Command(demo, "-cert-health", program, "-vault", vault)
	command.Env = append(os.Environ(), "COLUMNS=80", "TMPDIR="+GinkgoT().TempDir())
	out, err := command.Output()
	Expect(err).NotTo(HaveOccurred())
	return string(out)
}
