package spec_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

const (
	maxLines  = 60 // of a function
	maxFields = 10 // of a struct of the agent's loop
)

// functions calls visit for each function of a file, with its length in lines.
func functions(path string, visit func(name string, lines int)) {
	GinkgoHelper()
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, nil, 0)
	Expect(err).NotTo(HaveOccurred())
	for _, declaration := range file.Decls {
		if function, ok := declaration.(*ast.FuncDecl); ok {
			visit(function.Name.Name, set.Position(function.End()).Line-set.Position(function.Pos()).Line+1)
		}
	}
}

// structs calls visit for each struct type of a file, with the number of its fields.
func structs(file *ast.File, visit func(name string, fields int)) {
	ast.Inspect(file, func(node ast.Node) bool {
		if named, ok := node.(*ast.TypeSpec); ok {
			if structure, ok := named.Type.(*ast.StructType); ok {
				visit(named.Name.Name, structure.Fields.NumFields())
			}
		}
		return true
	})
}

// literals lists the strings of a file.
func literals(file *ast.File) (found []string) {
	ast.Inspect(file, func(node ast.Node) bool {
		if literal, ok := node.(*ast.BasicLit); ok && literal.Kind == token.STRING {
			found = append(found, literal.Value)
		}
		return true
	})
	return found
}

var _ = Describe("the shape of the code", func() {
	It("has no function of more than sixty lines", func() {
		for path := range goFiles("src") {
			functions(path, func(name string, lines int) {
				Expect(lines).To(BeNumerically("<=", maxLines), "%s: %s", path, name)
			})
		}
	})

	It("has no struct of more than ten fields in the agent's loop", func() {
		for path, file := range goFiles("src/cert-health/internal/agent") {
			structs(file, func(name string, fields int) {
				Expect(fields).To(BeNumerically("<=", maxFields), "%s: %s", path, name)
			})
		}
	})

	It("names Vault's packages in the configuration only, and where a CA is rotated in Vault, so that another source needs no change elsewhere", func() {
		importers := map[string]bool{}
		for path, file := range goFiles("src/cert-health/internal") {
			own := strings.TrimPrefix(filepath.ToSlash(filepath.Dir(path)), "../src/cert-health/internal/")
			for _, spec := range file.Imports {
				if strings.HasPrefix(spec.Path.Value, `"cert-health/internal/vault/`) && !strings.HasPrefix(own, "vault/") && !strings.HasSuffix(path, "_test.go") {
					importers[own] = true
				}
			}
		}
		Expect(importers).To(Equal(map[string]bool{"config": true, "rotator": true}))
	})

	It("names Vault and its tools in no verdict, no report and no log", func() {
		for _, dir := range []string{"verdict", "reference", "report", "alert", "check", "agent"} {
			for path, file := range goFiles("src/cert-health/internal/" + dir) {
				for _, literal := range literals(file) {
					if !strings.HasSuffix(path, "_test.go") && !strings.Contains(path, "/report/sample/") { // which is for tests
						Expect(literal).NotTo(MatchRegexp(`(?i)\bvault\b|\bsafe [a-z0-9]+ `), path)
					}
				}
			}
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
})

// undocumented calls tell with every exported name that has no comment.
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
