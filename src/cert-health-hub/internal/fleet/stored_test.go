package fleet_test

import (
	"bytes"
	"encoding/json"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/hub/internal/fleet"
	"cert-health/hub/internal/fleet/sample"
	"cert-health/internal/report"
	"cert-health/internal/verdict"
)

var _ = Describe("a decoder of stored reports", func() {
	encoded := func(r *report.Report) []byte {
		GinkgoHelper()
		text, err := json.Marshal(r)
		Expect(err).NotTo(HaveOccurred())
		return text
	}
	// same expects that the decoder reads what the whole report says.
	same := func(d *fleet.Decoder, text []byte) {
		GinkgoHelper()
		whole, err := report.Parse(text)
		Expect(err).NotTo(HaveOccurred())
		Expect(d.Read(text)).To(Equal(fleet.Read(whole)))
	}

	It("reads what the whole report says, of one instance after the other", func() {
		d := &fleet.Decoder{}
		for _, vm := range sample.VMs(60) {
			for range 2 {
				same(d, encoded(vm.Report()))
				vm.Renewed = !vm.Renewed
			}
		}
	})

	It("reads each certificate with the parts of its own report", func() {
		d := &fleet.Decoder{}
		for _, process := range []string{"rep", "bbs"} {
			r := sample.VMs(3)[2].Report()
			r.Certificates[1].Served = &report.ServedSummary{State: report.NotLoaded, Addresses: []string{"10.0.0.1:1801"}, NotAfter: sample.Now()}
			r.Served.Shown = []report.ServedCertificate{{Address: "10.0.0.1:1801", State: report.NotLoaded, NotAfter: sample.Now(), Process: process, Fingerprint: strings.Repeat("ab", 32)}}
			same(d, encoded(r))
		}
		for _, name := range []string{"Vault", "CredHub"} {
			r := sample.VMs(3)[2].Report()
			r.Reference.Name = name
			same(d, encoded(r))
		}
		r := sample.VMs(3)[2].Report()
		r.Ignored = []report.Ignored{{Code: verdict.Expired, Fingerprint: r.Certificates[1].Fingerprint}}
		same(d, encoded(r))
	})

	DescribeTable("reads the report however it is written", func(change func(string) string) {
		text := encoded(sample.VMs(3)[2].Report())
		d := &fleet.Decoder{}
		same(d, text)
		same(d, []byte(change(string(text))))
	},
		Entry("with spaces", func(s string) string {
			var out bytes.Buffer
			Expect(json.Indent(&out, []byte(s), "", "  ")).To(Succeed())
			return out.String()
		}),
		Entry("with a key twice", func(s string) string { return strings.Replace(s, `{"schema":1`, `{"certificates":[],"schema":1`, 1) }),
		Entry("with keys in capitals", func(s string) string { return strings.Replace(s, `"certificates":`, `"Certificates":`, 1) }),
		Entry("with escaped keys", func(s string) string { return strings.Replace(s, `"certificates":`, `"\u0063ertificates":`, 1) }),
		Entry("with keys of a later release", func(s string) string {
			return strings.Replace(s, `{"schema":1`, `{"new":{"a\"]}":["\\",{}, 1.5e3,true,null,"[{"]},"schema":1`, 1)
		}),
		Entry("without certificates", func(s string) string {
			return `{"schema":1,"reference":{"source":"vault","state":"ok"},"certificates":null}`
		}),
		Entry("with nothing", func(string) string { return `{"schema":1}` }),
	)

	DescribeTable("refuses what is no report", func(text string) {
		_, err := (&fleet.Decoder{}).Read([]byte(text))
		Expect(err).To(MatchError(ContainSubstring("not a report")))
	},
		Entry(nil, ""), Entry(nil, "{"), Entry(nil, `"`), Entry(nil, `{"schema":1,"reference":{},"certificates":[{}]}`),
		Entry(nil, `{"schema":1,"reference":{},"certificates":[{]}`), Entry(nil, `{"schema":2,"reference":{},"certificates":[]}`),
		Entry(nil, `{"schema":1,"reference":{},"certificates":["`), Entry(nil, `{"schema":1,"reference":{},"certificates":[\"]}`),
	)
})
