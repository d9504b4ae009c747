// Package spec_test holds what is true of the whole tree: the house rules, as
// tests, and in time the specs of every job, package and manifest.
package spec_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"golang.org/x/mod/modfile"
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

// tracked lists the files that git knows or would take.
func tracked() []string {
	GinkgoHelper()
	out, err := exec.Command("git", "-C", root, "ls-files", "-co", "--exclude-standard").Output()
	Expect(err).NotTo(HaveOccurred())
	return slices.DeleteFunc(strings.Fields(string(out)), func(file string) bool {
		_, err := os.Stat(filepath.Join(root, file))
		return err != nil // deleted, and git does not know yet
	})
}

// modules are the Go modules of this tree.
func modules() []string { return []string{"src/cert-health", "src/devvault", "spec"} }

// imports are all packages that a program is compiled of.
func imports(program string) []string {
	GinkgoHelper()
	command := exec.Command("go", "list", "-deps", "./cmd/"+program)
	command.Dir = filepath.Join(root, "src/cert-health")
	out, err := command.Output()
	Expect(err).NotTo(HaveOccurred())
	return strings.Fields(string(out))
}

// goFiles parses every Go file below a folder.
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
	It("are thin: every target of the Makefile calls the script of its name", func() {
		for _, match := range regexp.MustCompile(`(?m)^([a-z]+):.*## .*\n\t@(.*)$`).FindAllStringSubmatch(read("Makefile"), -1) {
			if match[1] != "help" && match[1] != "clean" {
				Expect(match[2]).To(Equal("scripts/" + match[1]))
				Expect(filepath.Join(root, match[2])).To(BeAnExistingFile())
			}
		}
	})

	It("are listed by make help, all of them", func() {
		help, err := exec.Command("make", "-C", root, "--no-print-directory", "help").Output()
		Expect(err).NotTo(HaveOccurred())
		for _, target := range regexp.MustCompile(`(?m)^([a-z]+):`).FindAllStringSubmatch(read("Makefile"), -1) {
			Expect(string(help)).To(MatchRegexp(`(?m)^  make ` + target[1] + ` +\S`))
		}
	})

	It("are what CI calls", func() {
		Expect(read(".ci", "run")).To(ContainSubstring("exec make test\n"))
		Expect(read("ci", "tasks", "test.yml")).To(ContainSubstring("cert-health/.ci/run"))
	})
})

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

var _ = Describe("the code", func() {
	// rank orders the packages of the product from the ground up. Imports
	// point to a lower rank only.
	rank := map[string]int{
		"atomicfile": 0, "secret": 0, "der": 0, "promtext": 0,
		"strict":            1,
		"cert":              1,
		"publickey":         2,
		"extract/text":      3,
		"extract/keystore":  4,
		"extract":           5,
		"alert":             2,
		"verdict":           3,
		"report":            4,
		"report/terminal":   5,
		"notify":            5,
		"alerts/incident":   6,
		"alerts":            7,
		"vault/client":      6,
		"vault/publication": 6,
		"vault/publish":     7,
		"reference":         4,
		"vault/source":      8,
		"pairing":           6,
		"served":            6,
		"discover":          7,
		"metrics":           6,
		"config":            9,
		"check":             10,
		"agent":             11,
		"scenario":          3, // for tests, demo and benchmarks
	}

	It("imports downwards only", func() {
		for path, file := range goFiles("src/cert-health/internal") {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			own := strings.TrimPrefix(filepath.ToSlash(filepath.Dir(path)), "../src/cert-health/internal/")
			Expect(rank).To(HaveKey(own), "a new package needs its place in the order")
			for _, spec := range file.Imports {
				if imported, ours := strings.CutPrefix(strings.Trim(spec.Path.Value, `"`), "cert-health/internal/"); ours {
					Expect(rank[imported]).To(BeNumerically("<", rank[own]), "%s imports %s", path, imported)
				}
			}
		}
	})

	It("keeps scenarios, Vault's server and test libraries out of the programs", func() {
		for _, name := range programs() {
			for _, foreign := range []string{"cert-health/internal/scenario", "github.com/hashicorp/vault/vault", "onsi/", "testing", "rapid", "jsonschema", "go-pkcs12"} {
				Expect(imports(name)).NotTo(ContainElement(ContainSubstring(foreign)), name)
			}
		}
	})

	It("keeps the plugin and the work of templates out of the agent's program, which is to stay small on every VM", func() {
		Expect(imports("cert-health")).NotTo(ContainElement(HavePrefix("cert-health/internal/hm")))
		// cobra imports text/template and calls it for templates of our own only: the linker drops
		// what executes one, and with it the reflection that would keep every method of every type.
		contents, err := os.ReadFile(program("cert-health"))
		Expect(err).NotTo(HaveOccurred())
		Expect(bytes.Contains(contents, []byte("text/template.(*Template).Execute"))).To(BeFalse())
		Expect(len(contents)).To(BeNumerically("<=", 12_000_000))
	})

	It("neither exits, panics nor has an init below cmd", func() {
		for path, file := range goFiles("src/cert-health/internal") {
			if strings.HasSuffix(path, "_test.go") || strings.Contains(path, "/scenario/") {
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

	It("documents every package and every exported name", func() {
		documented := map[string]bool{}
		for path, file := range goFiles("src") {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			dir := filepath.Dir(path)
			documented[dir] = documented[dir] || file.Doc != nil
			for _, declaration := range file.Decls {
				undocumented(declaration, func(name string) { Fail(path + ": " + name + " has no comment") })
			}
		}
		for dir, has := range documented {
			Expect(has).To(BeTrue(), "%s has no package comment", dir)
		}
	})

	It("has no private key and no large file in git", func() {
		// In two pieces, so that this file does not find itself.
		key := regexp.MustCompile("-----BEGIN [A-Z ]*PRIVATE" + ` KEY-----\\?n?\s+[A-Za-z0-9+/]{40}`)
		for _, file := range tracked() {
			info, err := os.Stat(filepath.Join(root, file))
			Expect(err).NotTo(HaveOccurred())
			Expect(info.Size()).To(BeNumerically("<", 256<<10), file)
			Expect(key.MatchString(read(file))).To(BeFalse(), file)
		}
	})
})

// undocumented calls tell for every exported name without a comment.
func undocumented(declaration ast.Decl, tell func(name string)) {
	switch d := declaration.(type) {
	case *ast.FuncDecl:
		if d.Name.IsExported() && d.Doc == nil && (d.Recv == nil || receiverExported(d)) {
			tell(d.Name.Name)
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.TypeSpec:
				if s.Name.IsExported() && d.Doc == nil && s.Doc == nil {
					tell(s.Name.Name)
				}
			case *ast.ValueSpec:
				if s.Names[0].IsExported() && d.Doc == nil && s.Doc == nil && s.Comment == nil {
					tell(s.Names[0].Name)
				}
			}
		}
	}
}

func receiverExported(d *ast.FuncDecl) bool {
	expression := d.Recv.List[0].Type
	if star, ok := expression.(*ast.StarExpr); ok {
		expression = star.X
	}
	name, ok := expression.(*ast.Ident)
	return ok && name.IsExported()
}
