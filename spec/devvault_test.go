package spec_test

import (
	"path/filepath"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

var _ = Describe("the Vault of the demo and the tests", func() {
	It("does not compile the clients of clouds", func() {
		out, err := run("go", "-C", filepath.Join(root, "src", "devvault"), "list", "-deps", "-f",
			"{{.ImportPath}}{{with .Module}}{{with .Replace}} {{.Path}}{{end}}{{end}}", ".")
		Expect(err).NotTo(HaveOccurred(), out)
		packages := strings.Split(strings.TrimSpace(out), "\n")
		Expect(len(packages)).To(BeNumerically("<", 850), "packages that `make demo` compiles on a fresh machine")
		for _, name := range []string{"github.com/aws/", "k8s.io/api/", "google.golang.org/api", "github.com/okta/", "github.com/docker/", "github.com/Azure/"} {
			for _, line := range packages {
				if strings.HasPrefix(line, name) {
					Expect(line).To(ContainSubstring(" ./absent/"))
				}
			}
		}
	})
})
