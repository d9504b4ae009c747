package spec_test

import (
	"go/ast"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

var _ = Describe("docs/security.md", func() {
	const module = "src/cert-health"

	// titles are the strings and the names of the functions in a Go file.
	titles := func(path string) map[string]bool {
		GinkgoHelper()
		found := map[string]bool{}
		for _, file := range goFiles(path) {
			ast.Inspect(file, func(node ast.Node) bool {
				if function, is := node.(*ast.FuncDecl); is {
					found[function.Name.Name] = true
				}
				if literal, is := node.(*ast.BasicLit); is && literal.Kind == token.STRING {
					text, err := strconv.Unquote(literal.Value)
					Expect(err).NotTo(HaveOccurred())
					found[text] = true
				}
				return true
			})
		}
		return found
	}

	// named are the tests in the last column of the tables: the file, and the title.
	named := func() [][]string {
		GinkgoHelper()
		tests := regexp.MustCompile("(?m)^\\|.*\\| `([^`]+_test\\.go)`: (.*) \\|$").FindAllStringSubmatch(read("docs", "security.md"), -1)
		rows := strings.Count(read("docs", "security.md"), "\n|") - 2*strings.Count(read("docs", "security.md"), "\n| ---")
		Expect(tests).To(HaveLen(rows), "each line of a table names its test")
		return tests
	}

	It("names in each line a test that exists", func() {
		for _, test := range named() {
			// The tests of a table have a common beginning.
			Expect(titles(filepath.Join(module, test[1]))).To(HaveKey(strings.TrimSuffix(test[2], "…")), test[1])
		}
	})

	It("names each attack of the hostile suite", func() {
		page := read("docs", "security.md")
		files, err := os.ReadDir(filepath.Join(root, module, "hostile"))
		Expect(err).NotTo(HaveOccurred())
		for _, file := range files {
			if strings.HasSuffix(file.Name(), "_test.go") && strings.Contains(read(module, "hostile", file.Name()), "Describe(") {
				Expect(page).To(ContainSubstring("`hostile/" + file.Name() + "`"))
			}
		}
	})
})
