package dercert_test

import (
	"slices"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
	"cert-health/internal/extract/dercert"
	"cert-health/internal/scenario"
)

var _ = Describe("a certificate that crypto/x509 refuses", func() {
	ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
	leaf := scenario.Spec{CommonName: "host", SANs: []string{"host.internal", "10.0.0.1"}, Issuer: ca, Serial: 42}
	authority := scenario.Spec{CommonName: "sub", CA: true, Issuer: ca, Serial: 42}

	It("is found in binary files, between others", func() {
		_, irregular := twins(leaf, func(tbs *scenario.Node) { tbs.At(atVersion, 0).Set(0x02, 3) })
		regular := scenario.Issue(leaf)
		result := new(dercert.Reader).All(slices.Concat(irregular.X509.Raw, regular.X509.Raw, irregular.X509.Raw))
		Expect(result.Broken).To(BeEmpty())
		Expect(result.Certificates).To(HaveLen(3))
		Expect(result.Certificates[0].Certificate).To(BeIdenticalTo(result.Certificates[2].Certificate))
	})

	It("has several faults, and not more than five are named", func() {
		_, irregular := twins(leaf, func(tbs *scenario.Node) {
			tbs.At(atSerial).Set(0x02, 0xfb)
			for _, name := range []string{"\x01", "\x01\x02", "\x01\x02\x03", "12", "12345", "123456"} {
				addName(0x87, name)(tbs)
			}
		})
		Expect(irregular.Noun().Refused).To(Equal("Go programs refuse it: its serial number is negative; it has an IP address of 1 bytes as an alternative name; " +
			"it has an IP address of 2 bytes as an alternative name; it has an IP address of 3 bytes as an alternative name; " +
			"it has an IP address of 5 bytes as an alternative name"))
		Expect(irregular.Noun().SANs).To(HaveLen(8))
	})

	It("states two signature algorithms: who signed it cannot be told", func() {
		_, irregular := twins(leaf, func(tbs *scenario.Node) { tbs.At(atAlgorithm, 0).Contents[7] = 3 })
		Expect(irregular.Noun().Refused).To(Equal(onlyGo + " refuse it: it states its signature algorithm twice, and the statements differ"))
		Expect(irregular.Noun().SignedBy(ca.Noun())).To(Equal(cert.Unverifiable))
	})

	It("is a CA whose signatures are verified if its key is one that Go can use", func() {
		signed := func(patch func(*scenario.Node)) (cert.SignatureCheck, cert.SignatureCheck) {
			_, irregular := twins(authority, patch)
			child, stranger := scenario.Issue(scenario.Spec{CommonName: "a", Issuer: irregular}), scenario.Issue(scenario.Spec{CommonName: "b", Issuer: ca})
			return child.Noun().SignedBy(irregular.Noun()), stranger.Noun().SignedBy(irregular.Noun())
		}
		yes, no := signed(func(tbs *scenario.Node) { tbs.At(atSerial).Set(0x02, 0xfb) })
		Expect(yes).To(Equal(cert.Signed))
		Expect(no).To(Equal(cert.NotSigned))
		yes, no = signed(setCurve("\x2b\x24\x03\x03\x02\x08\x01\x01\x07"))
		Expect(yes).To(Equal(cert.Unverifiable))
		Expect(no).To(Equal(cert.Unverifiable))
	})

	It("is a CA whose name constraints count all together or not at all", func() {
		constrained := authority
		constrained.Permitted = []string{"a.internal", "10.0.0.0/8"}
		host := scenario.Issue(scenario.Spec{CommonName: "host.b", Issuer: ca}).Noun()
		_, sound := twins(constrained, func(tbs *scenario.Node) { tbs.At(atSerial).Set(0x02, 0xfb) })
		Expect(sound.Noun().ForbiddenName(host)).To(Equal("host.b"))
		_, unsound := twins(constrained, changeExtension(oidNames, func(value *scenario.Node) { value.At(0, 1, 0).Set(0x87, 10, 0, 0, 0) }))
		Expect(unsound.Noun().ForbiddenName(host)).To(BeEmpty())
		Expect(unsound.Noun().Refused).To(Equal(onlyGo + " refuse it: its name constraints are malformed"))
	})

	It("is not a certificate without the structure of a certificate", func() {
		for _, change := range []func(*scenario.Node){
			func(tbs *scenario.Node) { tbs.Remove(atValidity) },
			func(tbs *scenario.Node) { tbs.Tag = 0x31 },
			func(tbs *scenario.Node) { tbs.Children = tbs.Children[:atKey] },
		} {
			_, irregular := twins(leaf, change)
			_, err := dercert.Parse(irregular.X509.Raw)
			Expect(err).To(MatchError(HavePrefix("x509: ")))
		}
	})
})
