// Package spec_test holds the rules for the whole tree as tests: the house rules,
// and the specs of every job, package and manifest.
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
func modules() []string { return []string{"src/cert-health", "src/devvault", "spec"} }

// imports lists all packages that a program is compiled from.
func imports(program string) []string {
	GinkgoHelper()
	command := exec.Command("go", "list", "-deps", "./cmd/"+program)
	command.Dir = filepath.Join(root, "src/cert-health")
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
		Expect(string(help)).NotTo(MatchRegexp(`(?m)^.{81}`), "a line is longer than a terminal of 80 columns")
	})

	It("are what CI calls", func() {
		Expect(read(".ci", "run")).To(ContainSubstring("exec make test\n"))
		Expect(read("ci", "tasks", "test.yml")).To(ContainSubstring("cert-health/.ci/run"))
	})
})

var _ = Describe("the code", func() {
	// rank orders the packages of the product from the ground up: a package imports only
	// packages of a lower rank. The rooms are those of CONTRIBUTING.md.
	rank := map[string]int{
		// Nouns and tools: cert imports no package of ours.
		"atomicfile": 0, "cert": 0, "der": 0, "promtext": 0, "secret": 0, "budget": 1, "strict": 1,
		"publickey": 2, "extract/found": 2, "extract/lenient": 2, "extract/dercert": 3, "scenario": 4, "scenario/vaulttest": 5, "scenario/hostile": 5, // scenario is for tests, demo and benchmarks
		// Certificates in files, and the verdict on them.
		"extract/text": 11, "extract/keystore": 12, "extract": 13, "alert": 14, "verdict": 15,
		// What is reported.
		"alert/mailbox": 20, "report": 21, "report/terminal": 22, "report/sample": 22, // sample is for tests
		// Sources of references, and receivers of notices.
		"reference": 30, "vault/client": 31, "vault/publication": 31, "vault/publish": 32, "vault/source": 32, "notify": 30,
		// One scan of one VM.
		"handshake": 39, "pairing": 40, "served": 40, "discover": 41, "metrics": 42, "config": 43, "check": 44,
		// The loops.
		"agent": 50, "alerts/incident": 50, "alerts": 51,
	}

	// rows are the rows of the table in CONTRIBUTING.md that contain a package.
	rows := func() map[string]int {
		found := map[string]int{}
		for i, line := range regexp.MustCompile("(?m)^\\| `.*?\\|").FindAllString(read("CONTRIBUTING.md"), -1) {
			for _, name := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(line, -1) {
				found[name[1]] = i
			}
		}
		return found
	}

	It("imports downwards only, and CONTRIBUTING.md lists the packages in that order", func() {
		row, packages := rows(), map[string]bool{}
		for path, file := range goFiles("src/cert-health/internal") {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			own := strings.TrimPrefix(filepath.ToSlash(filepath.Dir(path)), "../src/cert-health/internal/")
			packages[own] = true
			Expect(rank).To(HaveKey(own), "%s: give the new package a rank, and a line in CONTRIBUTING.md", own)
			Expect(row).To(HaveKey(own), "%s: add a line to CONTRIBUTING.md", own)
			for _, spec := range file.Imports {
				if imported, ours := strings.CutPrefix(strings.Trim(spec.Path.Value, `"`), "cert-health/internal/"); ours {
					Expect(rank[imported]).To(BeNumerically("<", rank[own]), "%s imports %s", path, imported)
					Expect(row[imported]).To(BeNumerically(">=", row[own]), "CONTRIBUTING.md: %s imports %s", own, imported)
				}
			}
		}
		Expect(rank).To(HaveLen(len(packages)), "ranks of packages that do not exist")
		Expect(row).To(HaveLen(len(packages)), "CONTRIBUTING.md lists packages that do not exist")
	})

	It("keeps scenarios, samples, Vault's server and test libraries out of the programs", func() {
		for _, name := range programs() {
			for _, foreign := range []string{"cert-health/internal/scenario", "cert-health/internal/report/sample", "github.com/hashicorp/vault/vault", "onsi/", "testing", "rapid", "jsonschema", "go-pkcs12"} {
				Expect(imports(name)).NotTo(ContainElement(ContainSubstring(foreign)), name)
			}
		}
	})

	It("keeps the plugin and the execution of templates out of the agent's program, which must stay small on every VM", func() {
		Expect(imports("cert-health")).NotTo(ContainElement(MatchRegexp("^cert-health/internal/(alerts|notify)")))
		// cobra imports text/template, but executes only templates that a program sets. The linker
		// drops the code that executes them, and with it the reflection that would keep every
		// method of every type.
		contents, err := os.ReadFile(program("cert-health"))
		Expect(err).NotTo(HaveOccurred())
		Expect(bytes.Contains(contents, []byte("text/template.(*Template).Execute"))).To(BeFalse())
		Expect(len(contents)).To(BeNumerically("<=", 12_000_000))
	})

	It("has no exit, panic or init below cmd", func() {
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
