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

			It("documents each property", func() {
				for name, definition := range j.Properties {
					Expect(definition.Description).To(MatchRegexp(`(?s)^[A-Z].+\.\n?$`), name)
				}
			})

			It("has a good case for each property", func() {
				Expect(c.untried(j)).To(BeEmpty(), "set them in spec/properties/%s.yml", j.Name)
			})

			It("lists each template, because BOSH packs only these", func() {
				templates, err := filepath.Glob(filepath.Join(root, "jobs", j.Name, "templates", "*"))
				Expect(err).NotTo(HaveOccurred())
				for _, template := range templates {
					Expect(j.Templates).To(HaveKey(filepath.Base(template)))
				}
			})

			It("renders without remains of ERB", func() {
				for path, contents := range files(j.rendered(c.Good[0].Properties)) {
					Expect(contents).NotTo(ContainSubstring("<%"), path)
				}
			})

			for _, good := range c.Good {
				It("renders files that the shell and the program accept: "+good.Because, func() {
					dir := j.rendered(good.Properties)
					expectShell(dir)
					out, err := load(j, dir)
					Expect(err).NotTo(HaveOccurred(), out)
				})
			}

			for _, wrong := range c.Wrong {
				It("has a "+wrong.Refused+" that refuses with a clear message: "+wrong.Because, func() {
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
