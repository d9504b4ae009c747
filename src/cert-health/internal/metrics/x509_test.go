package metrics_test

import (
	"crypto/x509/pkix"
	"maps"
	"math/big"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"pgregory.net/rapid"

	"cert-health/internal/cert"
	"cert-health/internal/metrics"
	"cert-health/internal/report"
	"cert-health/internal/verdict"
)

// exporterSchema are the labels that x509-certificate-exporter v4.2.0 gives to what it
// finds in files: newSchema in its pkg/registry/labels.go.
func exporterSchema() []string {
	schema := []string{"filename", "filepath", "embedded_kind", "embedded_key", "serial_number", "discriminator"}
	for _, side := range []string{"issuer_", "subject_"} {
		for _, field := range []string{"C", "ST", "L", "O", "OU", "CN"} {
			schema = append(schema, side+field)
		}
	}
	return schema
}

// asExporter is what the exporter writes of a name: of each attribute the first value
// (dnValue there).
func asExporter(prefix string, name pkix.Name) map[string]string {
	all := map[string]string{"CN": name.CommonName}
	for field, values := range map[string][]string{"C": name.Country, "ST": name.Province, "L": name.Locality, "O": name.Organization, "OU": name.OrganizationalUnit} {
		if len(values) > 0 {
			all[field] = values[0]
		}
	}
	labels := map[string]string{}
	for field, value := range all {
		if value != "" {
			labels[prefix+field] = value
		}
	}
	return labels
}

var _ = Describe("the exporter's metrics", func() {
	It("have its labels, those of the VM, and no others", func() {
		r := judged(now, policy(), nil, deployed(ended("rep"), cert.Leaf, at("config/tls.crt", 1, cert.PEM)))
		out := text(r, metrics.Options{})
		for _, name := range []string{"x509_cert_not_after", "x509_cert_not_before", "x509_cert_expired"} {
			for label := range labels(out, name)[0] {
				Expect(append(exporterSchema(), metrics.InstanceLabels()...)).To(ContainElement(label))
			}
		}
		Expect(labels(out, "x509_cert_expired")[0]).To(And(HaveKeyWithValue("filename", "tls.crt"), HaveKeyWithValue("subject_CN", "rep"),
			HaveKeyWithValue("filepath", "/var/vcap/jobs/rep/config/tls.crt"), HaveKeyWithValue("issuer_CN", "rep"), Not(HaveKey("embedded_kind"))))
		for _, family := range metrics.Families() {
			if strings.HasPrefix(family.Name, "x509_cert_") {
				Expect(family.Labels).To(ConsistOf(exporterSchema()))
			}
		}
	})

	It("have the same name labels as the exporter", func() {
		word := rapid.SliceOfN(rapid.StringMatching(`[ -~éß]{0,6}`), 0, 3)
		r := judged(now, policy(), nil, deployed(soon, cert.Leaf, at("a", 1, cert.PEM)))
		rapid.Check(GinkgoT(), func(t *rapid.T) {
			name := pkix.Name{CommonName: rapid.StringMatching(`[ -~ü]{0,10}`).Draw(t, "CN"), Country: word.Draw(t, "C"), Province: word.Draw(t, "ST"),
				Locality: word.Draw(t, "L"), Organization: word.Draw(t, "O"), OrganizationalUnit: word.Draw(t, "OU"),
				StreetAddress: word.Draw(t, "STREET"), SerialNumber: "7"}
			// As dercert.Parse does it.
			r.Certificates[0].Subject, r.Certificates[0].Issuer = name.String(), name.String()
			expected := asExporter("subject_", name)
			for label, value := range asExporter("issuer_", name) {
				expected[label] = value
			}
			got := labels(text(r, metrics.Options{}), "x509_cert_not_after")[0]
			for label := range got {
				if !strings.HasPrefix(label, "subject_") && !strings.HasPrefix(label, "issuer_") {
					delete(got, label)
				}
			}
			if !maps.Equal(got, expected) {
				t.Fatalf("%v instead of %v", got, expected)
			}
		})
	})

	DescribeTable("write serial numbers in decimal", func(hexadecimal, written string) {
		r := judged(now, policy(), nil, deployed(soon, cert.Leaf, at("a", 1, cert.PEM)))
		r.Certificates[0].Serial = hexadecimal
		Expect(labels(text(r, metrics.Options{}), "x509_cert_not_after")[0]["serial_number"]).To(Equal(written))
	},
		Entry("of one byte", "ff", "255"),
		Entry("of twenty bytes", strings.Repeat("f", 40), new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 160), big.NewInt(1)).String()),
		Entry("below zero", "-1f", "-31"),
		Entry("unless the conversion would take minutes", strings.Repeat("f", 200), strings.Repeat("f", 200)),
	)

	DescribeTable("compare the expiry with the time of the scrape, not of the scan", func(left time.Duration, expired float64) {
		r := judged(now, policy(), nil, deployed(soon, cert.Leaf, at("a", 1, cert.PEM)))
		out := text(r, metrics.Options{Now: soon.X509.NotAfter.Add(-left)})
		Expect(parsed(out)["x509_cert_expired"].GetMetric()[0].GetGauge().GetValue()).To(Equal(expired))
	},
		Entry("before the end", time.Minute, 0.0),
		Entry("at the end", time.Duration(0), 0.0),
		Entry("after the end", -time.Second, 1.0),
	)

	It("write times as whole numbers, extreme ones too", func() {
		r := &report.Report{Certificates: []report.Certificate{{Findings: []report.Finding{{Code: verdict.Weak, Severity: verdict.Warning}},
			NotBefore: time.Date(1950, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC),
			Locations: []report.Location{{File: "/a"}}}}}
		Expect(text(r, metrics.Options{})).To(And(MatchRegexp(`(?m)^x509_cert_not_after\{.*\} 253402300799$`),
			MatchRegexp(`(?m)^x509_cert_not_before\{.*\} -631152000$`)))
	})
})
