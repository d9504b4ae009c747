package spec_test

import (
	"path/filepath"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

var _ = Describe("every job", func() {
	for _, j := range jobs() {
		Describe(j.Name, func() {
			c := casesOf(j)

			It("documents each property, for nobody reads templates", func() {
				for name, definition := range j.Properties {
					Expect(definition.Description).To(MatchRegexp(`(?s)^[A-Z].+\.\n?$`), name)
				}
			})

			It("has each property set by one of its good cases, so that none is left untried", func() {
				Expect(c.untried(j)).To(BeEmpty(), "set them in spec/properties/%s.yml", j.Name)
			})

			It("lists each template, for one that is not listed is not packed", func() {
				templates, err := filepath.Glob(filepath.Join(root, "jobs", j.Name, "templates", "*"))
				Expect(err).NotTo(HaveOccurred())
				for _, template := range templates {
					Expect(j.Templates).To(HaveKey(filepath.Base(template)))
				}
			})

			It("leaves no ERB behind", func() {
				for path, contents := range files(j.rendered(c.Good[0].Properties)) {
					Expect(contents).NotTo(ContainSubstring("<%"), path)
				}
			})

			for _, good := range c.Good {
				It("renders what the shell and the program take, as "+good.Because, func() {
					dir := j.rendered(good.Properties)
					expectShell(dir)
					out, err := load(j, dir)
					Expect(err).NotTo(HaveOccurred(), out)
				})
			}

			for _, wrong := range c.Wrong {
				It("refuses in a sentence, by its "+wrong.Refused+", as "+wrong.Because, func() {
					dir, err := j.render(wrong.Properties)
					if wrong.Refused == "template" {
						Expect(err).To(MatchError(ContainSubstring(wrong.Says)))
						return
					}
					Expect(err).NotTo(HaveOccurred())
					out, err := load(j, dir)
					Expect(err).To(HaveOccurred())
					Expect(out).To(ContainSubstring(wrong.Says))
				})
			}
		})
	}
})
