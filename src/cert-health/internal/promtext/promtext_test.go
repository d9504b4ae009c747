package promtext_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"pgregory.net/rapid"

	"cert-health/internal/promtext"
)

func TestPromtext(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Promtext")
}

var _ = Describe("Writer", func() {
	It("writes HELP and TYPE once, labels in their order, and nothing of a metric without samples", func() {
		var out bytes.Buffer
		w := promtext.NewWriter(&out, promtext.Label{Name: "vm", Value: "a"}, promtext.Label{Name: "az"})
		w.Metric("none", promtext.Gauge, "Nothing.")
		w.Metric("one_total", promtext.Counter, "One.")
		w.Sample(promtext.Count(3), promtext.Label{Name: "z", Value: "1"}, promtext.Label{Name: "empty"}, promtext.Label{Name: "b", Value: `"\`})
		w.Sample(promtext.Bool(true))
		w.Metric("two", promtext.Gauge, "Two.")
		w.SampleRendered(promtext.Time(time.Unix(1_800_000_000, 0)), promtext.Render(promtext.Label{Name: "x", Value: "1\n2"}))
		Expect(w.Flush()).To(Succeed())
		Expect(out.String()).To(Equal(`# HELP one_total One.
# TYPE one_total counter
one_total{vm="a",z="1",b="\"\\"} 3
one_total{vm="a"} 1
# HELP two Two.
# TYPE two gauge
two{vm="a",x="1\n2"} 1800000000
`))
	})

	It("needs no labels", func() {
		var out bytes.Buffer
		w := promtext.NewWriter(&out)
		w.Metric("one", promtext.Gauge, "One.")
		w.Sample(promtext.Time(time.Time{}))
		Expect(w.Flush()).To(Succeed())
		Expect(out.String()).To(HaveSuffix("\none 0\n"))
	})

	It("returns the error of a write", func() {
		w := promtext.NewWriter(full{})
		w.Metric("one", promtext.Gauge, "One.")
		w.Sample(1)
		Expect(w.Flush()).To(MatchError("write the metrics: no space"))
	})

	It("writes any value so that Prometheus can read it and a terminal can show it", func() {
		rapid.Check(GinkgoT(), func(t *rapid.T) {
			var out bytes.Buffer
			w := promtext.NewWriter(&out)
			w.Metric("one", promtext.Gauge, "One.")
			value := string(rapid.SliceOf(rapid.Byte()).Draw(t, "value"))
			w.Sample(1, promtext.Label{Name: "x", Value: value})
			if err := w.Flush(); err != nil {
				t.Fatal(err)
			}
			text := out.String()
			if !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && r != utf8.RuneError && !unicode.IsPrint(r) }) {
				t.Fatalf("not fit for a terminal: %q", text)
			}
			parser := expfmt.NewTextParser(model.LegacyValidation)
			families, err := parser.TextToMetricFamilies(strings.NewReader(text))
			if err != nil || len(families["one"].GetMetric()) != 1 {
				t.Fatalf("not readable: %v: %q", err, text)
			}
		})
	})
})

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space") }
