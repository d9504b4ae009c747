package spec_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"golang.org/x/mod/modfile"
)

var _ = Describe("the docs", func() {
	It("start with a README of at most 110 lines: a sample, the requirements, then commands", func() {
		readme := read("README.md")
		Expect(strings.Count(readme, "\n")).To(BeNumerically("<=", 110))
		Expect(readme).To(MatchRegexp(`(?s)\n    \$ cert-health scan .*\nYou need .*\n    make demo\n    make build\n.*\n## Install`))
	})

	It("name the agent and the hub before the first sample", func() {
		first, _, _ := strings.Cut(read("README.md"), "\n    ")
		Expect(first).To(And(ContainSubstring("Its agent"), ContainSubstring("[Its hub](docs/hub.md)")))
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
				if !require.Indirect && require.Mod.Path != "cert-health" { // ours
					direct[require.Mod.Path] = true
					Expect(page).To(ContainSubstring("| `"+require.Mod.Path+"` |"), "of %s", module)
				}
			}
		}
		for _, match := range regexp.MustCompile("(?m)^\\| `([^`]+\\.[^`]+/[^`]+)` \\|").FindAllStringSubmatch(page, -1) {
			Expect(direct).To(HaveKey(match[1]), "documented, but no longer a dependency")
		}
	})

	It("explain every key of the hub's configuration", func() {
		page, explained := read("docs", "hub-configuration.md"), 0
		for path := range goFiles("src/cert-health-hub/internal") {
			if strings.HasSuffix(path, "_test.go") || strings.Contains(path, "/standin/") || strings.Contains(path, "/doomsday/") {
				continue // which read the files of others
			}
			contents, err := os.ReadFile(path)
			Expect(err).NotTo(HaveOccurred())
			for _, match := range regexp.MustCompile(`yaml:"([a-z_]+)"`).FindAllStringSubmatch(string(contents), -1) {
				Expect(page).To(MatchRegexp(`\b`+match[1]+`\b`), path)
				explained++
			}
		}
		Expect(explained).To(BeNumerically(">", 70))
	})

	It("explain every key of the configuration", func() {
		page := read("docs", "configuration.md")
		explained := 0
		for path := range goFiles("src/cert-health/internal") {
			if strings.Contains(path, "/notify/") || strings.Contains(path, "/alerts/") || strings.Contains(path, "/knowledge/") || strings.HasSuffix(path, "_test.go") {
				continue // the plugin's settings are in alerts.md, and the files of knowledge have pages of their own
			}
			contents, err := os.ReadFile(path)
			Expect(err).NotTo(HaveOccurred())
			for _, match := range regexp.MustCompile(`yaml:"([a-z_]+)"`).FindAllStringSubmatch(string(contents), -1) {
				Expect(page).To(MatchRegexp(`\b`+match[1]+`\b`), path)
				explained++
			}
		}
		Expect(explained).To(BeNumerically(">", 70))
	})
})
