package terminal_test

import (
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"golang.org/x/text/width"

	"cert-health/internal/cert"
	"cert-health/internal/report"
	"cert-health/internal/report/sample"
	"cert-health/internal/report/terminal"
)

// cells replaces each character by one "x" for each column that it takes on a terminal.
func cells(text string) string {
	var out strings.Builder
	for _, r := range text {
		switch kind := width.LookupRune(r).Kind(); {
		case r == '\u0301': // the only combining character here
		case kind == width.EastAsianWide, kind == width.EastAsianFullwidth:
			out.WriteString("xx")
		case r < 0x80:
			out.WriteRune(r)
		default:
			out.WriteString("x")
		}
	}
	return out.String()
}

var _ = Describe("Wide and combining characters", func() {
	DescribeTable("do not shift the columns", func(name, file string) {
		c := sample.Contents()
		c.Deployed[1].Certificate.Subject = "CN=" + name
		c.Deployed[1].Certificate.CommonName = name
		c.Deployed[1].Locations = []cert.Location{{Job: "rep", File: "/var/vcap/jobs/rep/" + file, Line: 1, Form: cert.PEM}}
		for i := range c.Deployed {
			c.Deployed[i].Certificate.NotAfter = c.CheckedAt.Add(-time.Hour)
		}
		for _, columns := range []int{80, 100, 140} {
			var places []int
			for _, line := range strings.Split(table(report.Build(c), terminal.Style{Width: columns}), "\n") {
				if strings.HasPrefix(line, "STATE") || strings.HasPrefix(line, "critical  ") && strings.Contains(line, "ago  ") {
					Expect(len([]rune(cells(line)))).To(BeNumerically("<=", columns), line)
					places = append(places, strings.Index(cells(line), "  "+map[bool]string{true: "VAULT", false: "v2"}[strings.HasPrefix(line, "STATE")]))
				}
			}
			Expect(len(places)).To(BeNumerically(">=", 2))
			Expect(places[0]).To(BeNumerically(">", 0))
			Expect(places[1:]).To(HaveEach(places[0]), "at %d columns", columns)
		}
	},
		Entry("Japanese", "東京都庁の証明書", "x.crt"),
		Entry("a long Japanese name", strings.Repeat("証明書", 30), strings.Repeat("鍵", 60)+".crt"),
		Entry("a long Japanese name of odd width", "a"+strings.Repeat("証明書", 30), "a"+strings.Repeat("鍵", 60)+".crt"),
		Entry("full-width Latin", "ｃｅｒｔ", "x.crt"),
		Entry("emoji", "🔑 key", "x.crt"),
		Entry("combining characters", "cafe\u0301 de\u0301po\u0301t", "e\u0301.crt"),
	)
})
