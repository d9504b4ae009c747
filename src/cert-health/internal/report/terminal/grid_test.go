package terminal_test

import (
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/report/terminal"
	"cert-health/internal/verdict"
)

var _ = Describe("Grid", func() {
	grid := terminal.Grid{
		Columns: []terminal.Heading{{Title: "STATE"}, {Title: "NAME", Shrinks: true}, {Title: "PATH", Shrinks: true, KeepEnd: true}},
		Rows: []terminal.Row{
			{Severity: verdict.Error, Cells: []string{"expired", strings.Repeat("n", 60), strings.Repeat("p", 60) + "/end"}},
			{Cells: []string{"ok", "a\x1b[2Jb", ""}},
		},
	}
	write := func(style terminal.Style) string {
		GinkgoHelper()
		var text strings.Builder
		Expect(grid.Write(&text, style)).To(Succeed())
		return text.String()
	}

	It("fits the terminal, and keeps the end of paths", func() {
		text := write(terminal.Style{Width: 80})
		for line := range strings.Lines(text) {
			Expect(len([]rune(strings.TrimSuffix(line, "\n")))).To(BeNumerically("<=", 80))
		}
		Expect(text).To(And(ContainSubstring("n…  …p"), ContainSubstring("/end")))
	})

	It("cuts nothing if all is wanted", func() {
		Expect(write(terminal.Style{Width: 80, Verbose: true})).To(ContainSubstring(strings.Repeat("n", 60)))
	})

	It("colours the first column only, and passes on no escape sequence", func() {
		text := write(terminal.Style{Width: 80, Colour: true})
		Expect(text).To(ContainSubstring("\x1b[31mexpired\x1b[0m"))
		Expect(text).To(ContainSubstring(`a\u001b[2Jb`))
	})
})
