// Package spec_test holds the rules for the whole tree as tests: the house rules,
// and the specs of every job, package and manifest.
package spec_test

import (
	"cmp"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

const root = ".."

func TestSpec(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Spec")
}

func read(path ...string) string {
	GinkgoHelper()
	contents, err := os.ReadFile(filepath.Join(append([]string{root}, path...)...))
	Expect(err).NotTo(HaveOccurred())
	return string(contents)
}

// tracked lists the files that git tracks or would add.
func tracked() []string {
	GinkgoHelper()
	out, err := exec.Command("git", "-C", root, "ls-files", "-co", "--exclude-standard").Output()
	Expect(err).NotTo(HaveOccurred())
	return slices.DeleteFunc(strings.Fields(string(out)), func(file string) bool {
		_, err := os.Stat(filepath.Join(root, file))
		return err != nil // deleted, but not committed yet
	})
}

// modules are the Go modules of this tree.
func modules() []string {
	return []string{"src/cert-health", "src/cert-health-hub", "src/devvault", "spec"}
}

// imports lists all packages that a program is compiled from.
func imports(program string) []string { return listImports(program, "{{.ImportPath}}") }

// listImports prints each package that a program is compiled from.
func listImports(program, template string) []string {
	GinkgoHelper()
	main, err := filepath.Glob(filepath.Join(root, "src", "*", "cmd", program))
	Expect(err).NotTo(HaveOccurred())
	Expect(main).To(HaveLen(1), program)
	tags := regexp.MustCompile("-tags=[a-z0-9,]*").FindString(read("packages", program, "packaging"))
	command := exec.Command("go", "list", cmp.Or(tags, "-tags="), "-deps", "-f", template, "./cmd/"+program)
	command.Dir = filepath.Dir(filepath.Dir(main[0]))
	out, err := command.Output()
	Expect(err).NotTo(HaveOccurred())
	return strings.Fields(string(out))
}

// goFiles parses every Go file below a directory.
func goFiles(dir string) map[string]*ast.File {
	GinkgoHelper()
	files := map[string]*ast.File{}
	Expect(filepath.WalkDir(filepath.Join(root, dir), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
		files[path] = file
		return err
	})).To(Succeed())
	return files
}

var _ = Describe("the two commands", func() {
	It("are thin: every target of the Makefile calls the script with its name", func() {
		for _, match := range regexp.MustCompile(`(?m)^([a-z-]+):.*## .*\n\t@(.*)$`).FindAllStringSubmatch(read("Makefile"), -1) {
			if match[1] != "help" && match[1] != "clean" {
				Expect(match[2]).To(Equal("scripts/" + match[1]))
				Expect(filepath.Join(root, match[2])).To(BeAnExistingFile())
			}
		}
	})

	It("are listed by make help, all of them", func() {
		help, err := exec.Command("make", "-C", root, "--no-print-directory", "help").Output()
		Expect(err).NotTo(HaveOccurred())
		for _, target := range regexp.MustCompile(`(?m)^([a-z-]+):`).FindAllStringSubmatch(read("Makefile"), -1) {
			Expect(string(help)).To(MatchRegexp(`(?m)^  make ` + target[1] + ` +\S`))
		}
		Expect(string(help)).NotTo(MatchRegexp(`(?m)^.{81}`), "a line is longer than a terminal of 80 columns")
	})

	It("are what CI calls", func() {
		Expect(read(".ci", "run")).To(ContainSubstring("exec make test\n"))
		Expect(read("ci", "tasks", "test.yml")).To(ContainSubstring("cert-health/.ci/run"))
	})
})

var _ = Describe("the code", func() {
	It("keeps scenarios, samples, Vault's server and test libraries out of the programs", func() {
		for _, name := range programs() {
			for _, foreign := range []string{"cert-health/internal/scenario", "cert-health/internal/report/sample", "github.com/hashicorp/vault/vault", "onsi/", "testing", "rapid", "jsonschema", "go-pkcs12", "hub/internal/standin", "mockoidc", "chromedp", "go-smtpd"} {
				Expect(imports(name)).NotTo(ContainElement(ContainSubstring(foreign)), name)
			}
		}
	})

	It("keeps the plugin, and what only operators use, out of the agent's program, which must stay small on every VM", func() {
		Expect(imports("cert-health")).NotTo(ContainElement(MatchRegexp("^cert-health/internal/(alerts|notify|vault/publish|rotation|credhub)$")))
	})

	It("compiles the programs of VMs in the same way on a compilation VM and here", func() {
		flags := regexp.MustCompile(`(?s)small="-tags=.*?\ndone\n`)
		here := flags.FindString(read("scripts", "build"))
		Expect(here).NotTo(BeEmpty())
		for _, name := range []string{"cert-health", "cert-health-alerts"} {
			Expect(strings.Replace(flags.FindString(read("packages", name, "packaging")), "vm,", "", 1)).To(Equal(here), name)
		}
	})

	It("has a hub that a small VM can hold, and that knows nothing of how an agent works", func() {
		Expect(imports("cert-health-hub")).NotTo(ContainElement(MatchRegexp("^cert-health/internal/(agent|discover|served|check|config|alerts)$")))
		info, err := os.Stat(program("cert-health-hub"))
		Expect(err).NotTo(HaveOccurred())
		Expect(info.Size()).To(BeNumerically("<=", 34_000_000))
	})

	It("has no exit, panic or init below cmd", func() {
		below := goFiles("src/cert-health/internal")
		maps.Copy(below, goFiles("src/cert-health-hub/internal"))
		for path, file := range below {
			if strings.HasSuffix(path, "_test.go") || strings.Contains(path, "/scenario/") || strings.Contains(path, "/standin/") || strings.Contains(path, "/sourcetest/") {
				continue
			}
			ast.Inspect(file, func(node ast.Node) bool {
				switch n := node.(type) {
				case *ast.FuncDecl:
					Expect(n.Recv == nil && n.Name.Name == "init").To(BeFalse(), path)
				case *ast.CallExpr:
					name := ""
					switch f := n.Fun.(type) {
					case *ast.Ident:
						name = f.Name
					case *ast.SelectorExpr:
						if x, ok := f.X.(*ast.Ident); ok {
							name = x.Name + "." + f.Sel.Name
						}
					}
					Expect(name).NotTo(BeElementOf("panic", "os.Exit", "log.Fatal", "log.Fatalf"), path)
				}
				return true
			})
		}
	})

	It("has no private key and no large file in git", func() {
		// In two pieces, so that the pattern does not match this file.
		key := regexp.MustCompile("-----BEGIN [A-Z ]*PRIVATE" + ` KEY-----\\?n?\s+[A-Za-z0-9+/]{40}`)
		for _, file := range tracked() {
			info, err := os.Stat(filepath.Join(root, file))
			Expect(err).NotTo(HaveOccurred())
			Expect(info.Size()).To(BeNumerically("<", 256<<10), file)
			Expect(key.MatchString(read(file))).To(BeFalse(), file)
		}
	})
})
