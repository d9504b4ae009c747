package dercert_test

import (
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/extract/dercert"
	"cert-health/internal/extract/lenient"
	"cert-health/internal/scenario"
)

var _ = Describe("the validity of a certificate", func() {
	ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
	leaf := scenario.Spec{CommonName: "host", SANs: []string{"host.internal", "10.0.0.1"}, Issuer: ca, Serial: 42}

	DescribeTable("is read in other formats",
		func(tag int, written string, expected string, why string) {
			_, irregular := twins(leaf, func(tbs *scenario.Node) {
				tbs.At(atValidity, 0).Set(0x17, []byte("150101000000Z")...)
				tbs.At(atValidity, 1).Set(byte(tag), []byte(written)...)
			})
			read := irregular.Noun()
			Expect(read.NotBefore).To(Equal(time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC)))
			Expect(read.NotAfter.UTC().Format(time.RFC3339)).To(Equal(expected))
			Expect(read.Refused).To(Equal(openSSL + " refuse it: the end of its validity has the form " + why + ", which is not allowed"))
		},
		Entry("with a fraction of a second", 0x18, "20250101000000.5Z", "2025-01-01T00:00:00Z", `"20250101000000.5Z"`),
		Entry("in a leap second", 0x17, "161231235960Z", "2017-01-01T00:00:00Z", `"161231235960Z"`),
		Entry("without a zone", 0x17, "250101000000", "2025-01-01T00:00:00Z", `"250101000000"`),
		Entry("with a zone of two digits", 0x17, "250101000000+02", "2024-12-31T22:00:00Z", `"250101000000+02"`),
		Entry("with zone zero", 0x17, "250101000000+0000", "2025-01-01T00:00:00Z", `"250101000000+0000"`),
		Entry("with a zone and a colon", 0x18, "20250101000000-05:30", "2025-01-01T05:30:00Z", `"20250101000000-05:30"`),
		Entry("without seconds, in the long type", 0x18, "202501010000Z", "2025-01-01T00:00:00Z", `"202501010000Z"`),
		Entry("of hours only", 0x18, "2025010112Z", "2025-01-01T12:00:00Z", `"2025010112Z"`),
		Entry("in the long type under the tag of the short one", 0x17, "20250101000000Z", "2025-01-01T00:00:00Z", `"20250101000000Z"`),
		Entry("in the short type under the tag of the long one", 0x18, "250131000000Z", "2025-01-31T00:00:00Z", `"250131000000Z"`),
		Entry("with blanks around", 0x17, "250101000000Z ", "2025-01-01T00:00:00Z", `"250101000000Z "`),
	)

	DescribeTable("may end outside of the years that JSON can write",
		func(written string, year int) {
			_, pair := twins(leaf, func(tbs *scenario.Node) { tbs.At(atValidity, 1).Set(0x18, []byte(written)...) })
			Expect(pair.Noun().NotAfter.UTC().Year()).To(Equal(year))
			_, err := pair.Noun().NotAfter.UTC().MarshalJSON()
			Expect(err).NotTo(HaveOccurred())
		},
		Entry("by a zone that crypto/x509 reads", "99991231235959-0100", 9999),
		Entry("by a leap second", "99991231235960Z", 9999),
		Entry("before the year 0", "00000101000000+0100", 0),
	)

	DescribeTable("makes the certificate unreadable if its end is not a date",
		func(tag int, written, quoted string) {
			_, irregular := twins(leaf, func(tbs *scenario.Node) { tbs.At(atValidity, 1).Set(byte(tag), []byte(written)...) })
			_, err := dercert.Parse(irregular.X509.Raw)
			Expect(err).To(MatchError(lenient.ErrValidity))
			Expect(dercert.Reason(err)).To(Equal(`the certificate "CN=host" cannot be read: the end of its validity is not a date: ` + quoted))
		},
		Entry("on 30 February", 0x17, "250230000000Z", `"250230000000Z"`),
		Entry("in month 13", 0x17, "251301000000Z", `"251301000000Z"`),
		Entry("at 24 o'clock", 0x18, "20250101240000Z", `"20250101240000Z"`),
		Entry("in words", 0x18, "never", `"never"`),
		Entry("empty", 0x17, "", `""`),
		Entry("of another type", 0x16, "250101000000Z", `"250101000000Z"`),
		Entry("very long", 0x17, strings.Repeat("1", 1000), `"`+strings.Repeat("1", 100)+`..."`),
	)

	It("has a beginning that may be unreadable", func() {
		_, irregular := twins(leaf, func(tbs *scenario.Node) { tbs.At(atValidity, 0).Set(0x17, '?') })
		Expect(irregular.Noun().NotBefore).To(BeZero())
		Expect(irregular.Noun().Refused).To(Equal(openSSL + ` refuse it: the beginning of its validity cannot be read: "?"`))
	})
})
