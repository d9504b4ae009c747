package cert_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
)

var _ = Describe("the table of forms", func() {
	page := func(name string) string {
		GinkgoHelper()
		contents, err := os.ReadFile(filepath.Join("../../../../docs", name))
		Expect(err).NotTo(HaveOccurred())
		return string(contents)
	}

	It("has a row for each constant", func() {
		constants := formConstants()
		forms := cert.Forms()
		Expect(constants).To(HaveLen(len(forms)))
		for _, info := range forms {
			Expect(constants).To(ContainElement(string(info.Form)))
			Expect(info.Meaning).NotTo(BeEmpty())
			Expect(info.Reader).To(BeElementOf(cert.TextReader, cert.DERReader, cert.KeyStoreReader))
			Expect(info.Binary || info.Lines).To(BeTrue(), "%s", info.Form)
			Expect(info.Form.WholeFile()).NotTo(Equal(info.Form.Embedded()))
		}
	})

	It("is the table of docs/concepts.md", func() {
		var rows string
		for _, info := range cert.Forms() {
			rows += "| `" + string(info.Form) + "` | " + info.Meaning + " |\n"
		}
		Expect(page("concepts.md")).To(ContainSubstring("| form | meaning |\n| --- | --- |\n" + rows + "\n"))
	})

	It("is the enumeration of docs/report.schema.json", func() {
		enumeration := regexp.MustCompile(`"form": \{"enum": (\[[^]]*\])`).FindStringSubmatch(page("report.schema.json"))
		Expect(enumeration).To(HaveLen(2))
		var names, expected []string
		Expect(json.Unmarshal([]byte(enumeration[1]), &names)).To(Succeed())
		for _, info := range cert.Forms() {
			expected = append(expected, string(info.Form))
		}
		Expect(names).To(Equal(expected))
	})

	It("says nothing of a form that is not in it", func() {
		_, ok := cert.Form("unknown").Info()
		Expect(ok).To(BeFalse())
		Expect(cert.Form("unknown").WholeFile()).To(BeFalse())
		Expect(cert.Form("unknown").Embedded()).To(BeFalse())
	})

	// A switch over forms, or a comparison with one, falls through in silence when a form is
	// added. The table must say instead what differs between forms.
	It("replaces all switches over forms and comparisons with one", func() {
		for _, top := range []string{"..", "../../cmd"} {
			Expect(filepath.WalkDir(top, func(path string, _ fs.DirEntry, err error) error {
				if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
					return err
				}
				file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
				ast.Inspect(file, func(node ast.Node) bool {
					for _, expression := range compared(node) {
						Expect(isForm(expression)).To(BeFalse(), "%s compares forms", path)
					}
					return true
				})
				return err
			})).To(Succeed())
		}
	})
})

// formConstants are the values of the constants of type Form.
func formConstants() []string {
	GinkgoHelper()
	file, err := parser.ParseFile(token.NewFileSet(), "form.go", nil, 0)
	Expect(err).NotTo(HaveOccurred())
	var values []string
	ast.Inspect(file, func(node ast.Node) bool {
		spec, ok := node.(*ast.ValueSpec)
		if ok {
			if kind, ok := spec.Type.(*ast.Ident); ok && kind.Name == "Form" {
				values = append(values, strings.Trim(spec.Values[0].(*ast.BasicLit).Value, `"`))
			}
		}
		return true
	})
	return values
}

// compared are the expressions that a node compares with others.
func compared(node ast.Node) []ast.Expr {
	switch n := node.(type) {
	case *ast.CaseClause:
		return n.List
	case *ast.BinaryExpr:
		if n.Op == token.EQL || n.Op == token.NEQ {
			return []ast.Expr{n.X, n.Y}
		}
	}
	return nil
}

func isForm(expression ast.Expr) bool {
	selector, ok := expression.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	name, ok := selector.X.(*ast.Ident)
	switch selector.Sel.Name {
	case "PEM", "PEMYAML", "PEMJSON", "PEMEscaped", "PEMLines", "PEMBase64", "DERBase64", "DERHex", "DER", "PKCS7", "PKCS12", "JKS":
		return ok && name.Name == "cert"
	}
	return false
}
