package verdict_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"strconv"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/alert"
	"cert-health/internal/verdict"
)

// declared are the values of the constants of one type in a file of this package.
func declared(file, typeName string) (values []string) {
	GinkgoHelper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	Expect(err).NotTo(HaveOccurred())
	ast.Inspect(parsed, func(node ast.Node) bool {
		spec, ok := node.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if of, ok := spec.Type.(*ast.Ident); ok && of.Name == typeName {
			value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			Expect(err).NotTo(HaveOccurred())
			values = append(values, value)
		}
		return true
	})
	return values
}

func read(file string) string {
	GinkgoHelper()
	contents, err := os.ReadFile(file)
	Expect(err).NotTo(HaveOccurred())
	return string(contents)
}

var _ = Describe("the table of codes", func() {
	// problemsOnly are the codes that no finding of a certificate has.
	problemsOnly := []verdict.Code{verdict.Unverified, verdict.Unreadable, verdict.OverBudget}
	codes := declared("codes.go", "Code")

	It("has one row for each code, with a title and words", func() {
		Expect(codes).NotTo(BeEmpty())
		rows, titles := []string{}, map[string]bool{}
		for _, row := range verdict.Rows() {
			rows, titles[row.Title] = append(rows, string(row.Code)), true
			Expect(row.Title).NotTo(BeEmpty(), "%s", row.Code)
			if !row.HasWords {
				Expect(problemsOnly).To(ContainElement(row.Code), "its findings have no words")
			}
		}
		Expect(rows).To(ConsistOf(codes))
		Expect(titles).To(HaveLen(len(codes)))
	})

	It("has a class of alert for each code, or none at any severity", func() {
		for _, code := range verdict.Codes() {
			class, atWorst := code.AlertClass(verdict.Critical)
			Expect(atWorst).To(Equal(class != ""), "%s", code)
			if atWorst {
				Expect(alert.Classes()).To(ContainElement(class), "%s", code)
			}
			_, information := code.AlertClass(verdict.Info)
			Expect(information).To(BeFalse(), "%s", code)
		}
	})

	It("does not know the codes of a later release, and does not fail", func() {
		later := verdict.Code("later")
		Expect(later.Title()).To(Equal("later"))
		_, alerts := later.AlertClass(verdict.Critical)
		Expect(alerts).To(BeFalse())
	})

	It("is explained in docs/findings.md, each code in a section of its own", func() {
		page := read("../../../../docs/findings.md")
		for _, code := range codes {
			Expect(page).To(MatchRegexp("(?m)^### `"+code+"`$"), "docs/findings.md#%s", code)
			Expect(page).To(MatchRegexp("(?m)^\\| [^|]*`"+code+"`[^|]* \\| "), "the table of severities")
		}
		for _, section := range regexp.MustCompile("(?m)^### `([a-z_]+)`").FindAllStringSubmatch(page, -1) {
			Expect(codes).To(ContainElement(section[1]))
		}
	})

	It("is in the schema of the report", func() {
		var schema struct {
			Defs struct{ Code struct{ Enum []string } } `json:"$defs"`
		}
		Expect(json.Unmarshal([]byte(read("../../../../docs/report.schema.json")), &schema)).To(Succeed())
		Expect(schema.Defs.Code.Enum).To(ConsistOf(codes))
	})
})

var _ = Describe("the table of causes of an untrusted leaf", func() {
	It("has words and steps for each", func() {
		Expect(verdict.CauseRows()).To(HaveEach(BeTrue()))
	})

	It("is explained in docs/findings.md, one row for each", func() {
		rows := regexp.MustCompile(`(?m)^\| [^|]+ \| \*[^|]+\* \| [^|]+ \|$`).FindAllString(read("../../../../docs/findings.md"), -1)
		Expect(rows).To(HaveLen(len(verdict.CauseRows())))
	})
})
