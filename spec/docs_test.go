package spec_test

import (
	"path/filepath"
	"regexp"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"golang.org/x/mod/modfile"
)

var _ = Describe("the docs", func() {
	It("start with a README of at most a hundred lines about the two commands", func() {
		readme := read("README.md")
		Expect(strings.Count(readme, "\n")).To(BeNumerically("<=", 100))
		screen := strings.Join(strings.Split(readme, "\n")[:50], "\n")
		Expect(screen).To(ContainSubstring("make demo"))
		Expect(screen).To(ContainSubstring("make test"))
	})

	It("link to files that are there", func() {
		link := regexp.MustCompile(`\]\(([^)#:]+)(#[^)]*)?\)`)
		for _, file := range tracked() {
			if !strings.HasSuffix(file, ".md") {
				continue
			}
			for _, match := range link.FindAllStringSubmatch(read(file), -1) {
				Expect(filepath.Join(root, filepath.Dir(file), match[1])).To(BeAnExistingFile(), "linked from %s", file)
			}
		}
	})

	It("give a reason for every direct dependency, and for no other", func() {
		page := read("docs", "dependencies.md")
		direct := map[string]bool{}
		for _, module := range modules() {
			file, err := modfile.Parse("go.mod", []byte(read(module, "go.mod")), nil)
			Expect(err).NotTo(HaveOccurred())
			for _, require := range file.Require {
				if !require.Indirect {
					direct[require.Mod.Path] = true
					Expect(page).To(ContainSubstring("| `"+require.Mod.Path+"` |"), "of %s", module)
				}
			}
		}
		for _, match := range regexp.MustCompile("(?m)^\\| `([^`]+\\.[^`]+/[^`]+)` \\|").FindAllStringSubmatch(page, -1) {
			Expect(direct).To(HaveKey(match[1]), "documented, but not a dependency any more")
		}
	})

	It("explain every finding, with what to do", func() {
		page := read("docs", "findings.md")
		for _, match := range regexp.MustCompile(`(?m)Code += "([a-z_]+)"`).FindAllStringSubmatch(read("src/cert-health/internal/verdict/codes.go"), -1) {
			Expect(page).To(MatchRegexp("(?m)^### `" + match[1] + "`"))
		}
	})

	It("explain every key of the configuration", func() {
		page := read("docs", "configuration.md")
		for _, match := range regexp.MustCompile(`yaml:"([a-z_]+)"`).FindAllStringSubmatch(read("src/cert-health/internal/config/config.go"), -1) {
			Expect(page).To(MatchRegexp(`\b` + match[1] + `\b`))
		}
	})
})
