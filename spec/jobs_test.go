package spec_test

import (
	"fmt"
	"path/filepath"
	"strings"

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

			settings := j
			settings.Templates = settingsOf(j) // Ruby starts once for each template

			for _, wrong := range c.Wrong {
				It("has a "+wrong.Refused+" that refuses with a clear message: "+wrong.Because, func() {
					settings := settings
					if strings.Contains(strings.ToLower(fmt.Sprint(wrong.Properties)), "certificate") {
						settings = j // the program reads the files of certificates
					}
					message := settings.refusal(wrong)
					Expect(message).To(ContainSubstring(wrong.Says))
					Expect(message).To(MatchRegexp(strings.ReplaceAll(j.Name, "-", "_")+`\.\w+`), "the message names the property")
					if wrong.Instead != nil {
						out, err := load(j, settings.rendered(wrong.Instead))
						Expect(err).NotTo(HaveOccurred(), out)
					}
				})
			}
		})
	}
})

// refusal is the message of the template or of the program that refuses a wrong case.
func (j job) refusal(wrong wrongCase) string {
	GinkgoHelper()
	dir, err := j.render(wrong.Properties)
	if wrong.Refused == "template" {
		Expect(err).To(HaveOccurred())
		return err.Error()
	}
	Expect(err).NotTo(HaveOccurred())
	out, err := load(j, dir)
	Expect(err).To(HaveOccurred())
	return out
}
