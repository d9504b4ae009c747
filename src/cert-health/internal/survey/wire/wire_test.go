package wire_test

import (
	"bytes"
	"errors"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/report"
	"cert-health/internal/report/sample"
	"cert-health/internal/survey"
	"cert-health/internal/survey/wire"
)

var _ = Describe("a survey in lines", func() {
	var (
		whole *survey.Survey
		text  string
	)

	BeforeEach(func() {
		var b survey.Builder
		b.Report(report.Build(sample.Contents()), survey.Instance{Standing: "silent", Name: "cell/0", Deployment: "cf", Group: "cell", ID: "3f2a"})
		b.Instance(survey.Instance{Deployment: "cf", Group: "cell", ID: "missing", Standing: "missing"})
		b.Blind("the source opsman does not answer")
		whole = b.Build(sample.Now())
		var out bytes.Buffer
		Expect(wire.Write(&out, whole)).To(Succeed())
		text = out.String()
	})

	It("is the same after it was read", func() {
		read, err := wire.Read(strings.NewReader(text))
		Expect(err).NotTo(HaveOccurred())
		Expect(read.Instances).To(HaveLen(2))
		var again bytes.Buffer
		Expect(wire.Write(&again, read)).To(Succeed())
		Expect(again.String()).To(Equal(text))
	})

	It("has each certificate once, and what a later line knows of it", func() {
		shown := &survey.Certificate{Fingerprint: "ab", Name: "x"}
		full := &survey.Certificate{Fingerprint: "ab", Name: "x", Subject: "CN=x"}
		var out bytes.Buffer
		e := wire.NewEncoder(&out, sample.Now())
		e.Instance(&survey.Instance{ID: "1", Standing: "reporting", Shown: []survey.Shown{{Certificate: shown}}})
		for _, id := range []string{"2", "3"} {
			e.Instance(&survey.Instance{ID: id, Standing: "reporting", Places: []survey.Place{{File: "/a", Certificate: full}}})
		}
		Expect(e.End(nil)).To(Succeed())
		Expect(strings.Count(out.String(), `{"certificate":{`)).To(Equal(2))
		read, err := wire.Read(&out)
		Expect(err).NotTo(HaveOccurred())
		Expect(read.Certificates).To(HaveExactElements(HaveField("Subject", "CN=x")))
		Expect(read.Instances[0].Shown[0].Certificate).To(BeIdenticalTo(read.Certificates[0]))
	})

	It("says why it is not whole", func() {
		var out bytes.Buffer
		Expect(wire.NewEncoder(&out, sample.Now()).End(errors.New("the database does not answer"))).To(MatchError("the database does not answer"))
		_, err := wire.Read(&out)
		Expect(err).To(MatchError("the survey is not whole: the database does not answer"))
	})

	DescribeTable("is refused if it is damaged", func(change func(string) string, why string) {
		_, err := wire.Read(strings.NewReader(change(text)))
		Expect(err).To(MatchError(ContainSubstring(why)))
	},
		Entry("cut off", func(s string) string { return s[:strings.LastIndex(s, `{"end"`)] }, "ends too early"),
		Entry("without an instance", func(s string) string {
			var kept []string
			for line := range strings.Lines(s) {
				if !strings.Contains(line, `"id":"missing"`) {
					kept = append(kept, line)
				}
			}
			return strings.Join(kept, "")
		}, "lines are missing"),
		Entry("with a certificate that is not there", func(s string) string { return strings.ReplaceAll(s, `"number":`, `"number":9`) }, "not a survey"),
		Entry("that another server wrote", func(string) string { return "<html>\n" }, "not a survey"),
		Entry("empty", func(string) string { return "" }, "not a survey"),
		Entry("of another release", func(s string) string { return strings.Replace(s, `"schema":1`, `"schema":2`, 1) }, "schema 2"),
		Entry("with lines behind the end", func(s string) string { return s + "{}\n" }, "not a survey"),
		Entry("with a line without an end", func(s string) string { return s + strings.Repeat(" ", 65<<20) }, "token too long"),
	)
})
