package report_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"cert-health/internal/cert"
	"cert-health/internal/report"
	"cert-health/internal/report/sample"
	"cert-health/internal/verdict"
)

var now = sample.Now()

var _ = Describe("WriteJSON", func() {
	It("writes what the JSON Schema describes", func() {
		file, err := os.Open("../../../../docs/report.schema.json")
		Expect(err).NotTo(HaveOccurred())
		defer file.Close()
		document, err := jsonschema.UnmarshalJSON(file)
		Expect(err).NotTo(HaveOccurred())
		compiler := jsonschema.NewCompiler()
		Expect(compiler.AddResource("report.json", document)).To(Succeed())
		schema, err := compiler.Compile("report.json")
		Expect(err).NotTo(HaveOccurred())

		for _, r := range []*report.Report{report.Build(sample.Contents()), report.Build(report.Contents{CheckedAt: now, Source: report.Source{State: "none"}})} {
			var out bytes.Buffer
			Expect(r.WriteJSON(&out)).To(Succeed())
			instance, err := jsonschema.UnmarshalJSON(&out)
			Expect(err).NotTo(HaveOccurred())
			Expect(schema.Validate(instance)).To(Succeed())
		}
	})

	It("writes the same as one call of the encoder", func() {
		for _, count := range []int{0, 1, 2} {
			c := sample.Contents()
			c.Deployed, c.Judgements = c.Deployed[:count], c.Judgements[:count]
			r := report.Build(c)
			var out, whole bytes.Buffer
			Expect(r.WriteJSON(&out)).To(Succeed())
			encoder := json.NewEncoder(&whole)
			encoder.SetIndent("", "  ")
			Expect(encoder.Encode(r)).To(Succeed())
			Expect(out.String()).To(Equal(whole.String()))
		}
	})

	It("returns the error of a closed pipe", func() {
		Expect(report.Build(sample.Contents()).WriteJSON(closed{})).To(MatchError(ContainSubstring("gone")))
	})

	It("leaves out what is unknown and keeps empty lists", func() {
		var out bytes.Buffer
		Expect(report.Build(report.Contents{CheckedAt: now, Source: report.Source{State: "none"}}).WriteJSON(&out)).To(Succeed())
		var keys map[string]any
		Expect(json.Unmarshal(out.Bytes(), &keys)).To(Succeed())
		Expect(keys).To(HaveKeyWithValue("instance", BeEmpty()))
		Expect(keys).To(HaveKeyWithValue("certificates", BeEmpty()))
		Expect(keys).To(HaveKeyWithValue("problems", BeEmpty()))
		Expect(keys["reference"]).To(Equal(map[string]any{"state": "none"}))
		Expect(keys["summary"]).To(HaveKeyWithValue("worst", "ok"))
	})
})

var _ = Describe("Build", func() {
	It("says what processes serve in place of each certificate, an older one first", func() {
		r := report.Build(sample.Contents())
		Expect(r.Certificates[1].Served).To(BeNil())
		Expect(*r.Certificates[0].Served).To(Equal(report.ServedSummary{State: report.NotLoaded, Addresses: []string{"10.0.16.4:1801"},
			NotAfter: now.AddDate(0, 1, 0).Truncate(time.Second), SeenAt: now.Truncate(time.Second)}))
		states := []report.ServedState{}
		for _, shown := range r.Served.Shown {
			states = append(states, shown.State)
		}
		Expect(states).To(Equal([]report.ServedState{report.Loaded, report.NotLoaded, report.Outdated, report.Unfiled, report.Unproven}))
	})

	It("counts files and certificates, and puts the worst certificates first", func() {
		r := report.Build(sample.Contents())
		Expect(r.Summary).To(Equal(report.Summary{
			Files: 11, With: 3, Without: 7, Unreadable: 1, Certificates: 2, Placements: 3,
			ByCode: map[verdict.Code]int{verdict.Expired: 1, verdict.Stale: 1, verdict.Unreadable: 1}, Worst: verdict.Critical,
		}))
		Expect(r.Certificates[0].Subject).To(Equal("CN=rep.service.cf.internal"))
		Expect(r.Certificates[1].Reference.State).To(Equal(cert.Unknown))
	})
})

// closed is a pipe without a reader.
type closed struct{}

func (closed) Write([]byte) (int, error) { return 0, fmt.Errorf("gone") }
