package dercert_test

import (
	"crypto/x509"
	"slices"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
	"cert-health/internal/scenario"
)

var _ = Describe("a certificate that crypto/x509 refuses", func() {
	ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
	leaf := scenario.Spec{CommonName: "host", SANs: []string{"host.internal", "10.0.0.1"}, Issuer: ca, Serial: 42}
	named := func(name string) scenario.Spec { s := leaf; s.CommonName = name; return s }
	keyed := func(kind scenario.KeyKind) scenario.Spec { s := leaf; s.Key = kind; return s }
	authority := scenario.Spec{CommonName: "sub", CA: true, Issuer: ca, Serial: 42}

	DescribeTable("is read all the same",
		func(spec scenario.Spec, patch func(*scenario.Node), by, why string, differences ...func(*cert.Certificate)) {
			regular, irregular := twins(spec, patch)
			_, err := x509.ParseCertificate(irregular.X509.Raw)
			Expect(err).To(HaveOccurred())

			want, read := regular.Noun(), irregular.Noun()
			Expect(read.Refused).To(Equal(by + " refuse it: " + why))
			Expect(want.Refused).To(BeEmpty())
			for _, differ := range differences {
				differ(want)
			}
			Expect(visible(read)).To(Equal(visible(want)))
			Expect(read.SameSigner(want)).To(BeTrue())
			Expect(read.IdentityDigest()).To(Equal(want.IdentityDigest()))
			Expect(read.SignedBy(ca.Noun())).To(Equal(cert.Signed))
		},
		Entry("negative serial number", leaf, func(tbs *scenario.Node) { tbs.At(atSerial).Set(0x02, 0xfb) },
			onlyGo, "its serial number is negative", func(c *cert.Certificate) { c.Serial = "-5" }),
		Entry("padded serial number", leaf, func(tbs *scenario.Node) { tbs.At(atSerial).Set(0x02, 0, 0x2a) },
			openSSL, "its serial number has superfluous leading bytes"),
		Entry("empty serial number", leaf, func(tbs *scenario.Node) { tbs.At(atSerial).Set(0x02) },
			allOf, "its serial number is empty", func(c *cert.Certificate) { c.Serial = "0" }),
		Entry("version 4", leaf, func(tbs *scenario.Node) { tbs.At(atVersion, 0).Set(0x02, 3) },
			onlyGo, "it says that its version is 4, and there are only 1 to 3"),
		Entry("no version", leaf, func(tbs *scenario.Node) { tbs.At(atVersion).Children = nil },
			onlyGo, "its version cannot be read"),

		Entry("_ in a PrintableString", named("my_host"), setName(0x13, "my_host"),
			onlyGo, `its subject has the PrintableString "my_host", in which the character '_' is not allowed`),
		Entry("@ in a PrintableString", named("a@b"), setName(0x13, "a@b"),
			onlyGo, `its subject has the PrintableString "a@b", in which the character '@' is not allowed`),
		Entry("Latin-1 in a UTF8String", named("Büro"), setName(0x0c, "B\xfcro"),
			openSSL, `its subject has the UTF8String "B\u00fcro", which is not valid UTF-8`),
		Entry("UTF-8 in an IA5String", named("Büro"), setName(0x16, "Büro"),
			onlyGo, `its subject has the IA5String "B\u00fcro", in which the character '\u00c3' is not allowed`),
		Entry("a letter in a NumericString", named("1a"), setName(0x12, "1a"),
			onlyGo, `its subject has the NumericString "1a", in which the character 'a' is not allowed`),
		Entry("a UniversalString", named("hé"), setName(0x1c, "\x00\x00\x00h\x00\x00\x00\xe9"),
			onlyGo, `its subject has the UniversalString "h\u00e9", a type that Go does not read`),
		Entry("a VisibleString", leaf, setName(0x1a, "host"),
			onlyGo, `its subject has the VisibleString "host", a type that Go does not read`),
		Entry("a BMPString with surrogates", named("h\U0001f512"), setName(0x1e, "\x00h\xd8\x3d\xdd\x12"),
			onlyGo, `its subject has the BMPString "h\U0001f512", which has a character outside of its range`),
		Entry("a BMPString cut in half", named("h"), setName(0x1e, "\x00h\x00"),
			onlyGo, `its subject has the BMPString "h", which has half a character at its end`),
		Entry("a name that is not a string", leaf, setName(0x03, "\x00\x01"),
			onlyGo, "its subject has an attribute that is not a string", func(c *cert.Certificate) { c.Subject, c.CommonName = "", "" }),
		Entry("a malformed name", leaf, func(tbs *scenario.Node) { tbs.At(atSubject, 0).Tag = 0x30 },
			onlyGo, "its subject is malformed", func(c *cert.Certificate) { c.Subject, c.CommonName = "", "" }),
		Entry("a malformed attribute", leaf, func(tbs *scenario.Node) { tbs.At(atSubject, 0, 0).Remove(1) },
			onlyGo, "its subject has a malformed attribute", func(c *cert.Certificate) { c.Subject, c.CommonName = "", "" }),

		Entry("brainpool", leaf, setCurve("\x2b\x24\x03\x03\x02\x08\x01\x01\x07"),
			onlyGo, "its key is on the curve brainpoolP256r1, which Go does not know", noKey),
		Entry("secp256k1", leaf, setCurve("\x2b\x81\x04\x00\x0a"),
			onlyGo, "its key is on the curve secp256k1, which Go does not know", noKey),
		Entry("a curve without a name here", leaf, setCurve("\x2a\x03\x04"),
			onlyGo, "its key is on the curve 1.2.3.4, which Go does not know", noKey, func(c *cert.Certificate) { c.KeyBits = 0 }),
		Entry("a curve by its numbers", leaf, explicitP256(0), java, "its key states the numbers of its curve and not its name"),
		Entry("a curve that differs in its base point", leaf, explicitP256(1), java, "its key states the numbers of its curve and not its name", noKey),
		Entry("no curve", leaf, func(tbs *scenario.Node) { tbs.At(atKey, 0).Remove(1) },
			allOf, "its key does not say on which curve it is", noKey, func(c *cert.Certificate) { c.KeyBits = 0 }),
		Entry("compressed point", leaf, changePoint(compressed), java, "its public key is a point in compressed form"),
		Entry("hybrid point", leaf, changePoint(func(point []byte) []byte { point[0] = 6 + point[64]&1; return point }),
			java, "its public key is a point in hybrid form"),
		Entry("no point of its curve", leaf, changePoint(func(point []byte) []byte { point[64] ^= 1; return point }),
			allOf, "its public key is not a point of the curve P-256", noKey),
		Entry("RSA exponent of 81 bits", keyed(scenario.RSA), func(tbs *scenario.Node) {
			inside(tbs.At(atKey, 1), func(key *scenario.Node) { key.At(1).Set(0x02, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1) })
		}, onlyGo, "the public exponent of its RSA key has 81 bits", noKey),
		Entry("RSA without NULL", keyed(scenario.RSA), func(tbs *scenario.Node) { tbs.At(atKey, 0).Remove(1) },
			onlyGo, "its RSA key has no NULL as its parameters"),
		Entry("Ed25519 with NULL", keyed(scenario.Ed25519), func(tbs *scenario.Node) {
			tbs.At(atKey, 0).Children = append(tbs.At(atKey, 0).Children, node(0x05))
		}, onlyGo, "its Ed25519 key has parameters"),
		Entry("a key that is not a bit string", leaf, func(tbs *scenario.Node) { tbs.At(atKey, 1).Tag = 0x04 },
			allOf, "its public key is malformed", noKey, func(c *cert.Certificate) { c.KeyBits, c.KeyAlgorithm = 0, 0 }),

		Entry("an IP address with a mask", leaf, changeExtension(oidAltNames, func(names *scenario.Node) {
			names.At(1).Set(0x87, 10, 0, 0, 1, 255, 255, 255, 0)
		}), onlyGo, "it has an IP address with a mask as an alternative name: 10.0.0.1"),
		Entry("an IP address of 3 bytes", leaf, addName(0x87, "\x0a\x00\x01"),
			onlyGo, "it has an IP address of 3 bytes as an alternative name", func(c *cert.Certificate) { c.SANs = append(c.SANs, "?0a0001") }),
		Entry("a URI with a blank and a password", leaf, addName(0x86, "https://u:secret@x/a b%zz"),
			onlyGo, `its URI "https://u:xxxxx@x/a b%zz" is not valid`, func(c *cert.Certificate) { c.SANs = append(c.SANs, "https://u:xxxxx@x/a b%zz") }),
		Entry("a URI whose host has an empty label", leaf, addName(0x86, "spiffe://a..b/c"),
			onlyGo, `its URI "spiffe://a..b/c" has a host that is not valid`, func(c *cert.Certificate) { c.SANs = append(c.SANs, "spiffe://a..b/c") }),
		Entry("a DNS name in UTF-8", leaf, addName(0x82, "bücher.internal"),
			onlyGo, `its DNS name "b\u00fccher.internal" has characters that are not ASCII`,
			func(c *cert.Certificate) { c.SANs = slices.Insert(c.SANs, 1, "bücher.internal") }),
		Entry("a mail address in Latin-1", leaf, addName(0x81, "b\xfcro@a"),
			onlyGo, `its mail address "b\u00fcro@a" has characters that are not ASCII`, func(c *cert.Certificate) { c.SANs = append(c.SANs, "büro@a") }),

		Entry("critical authority key identifier", leaf, critical(oidAuthorityKeyID, 0xff),
			openSSL, "its extension authority key identifier is marked as critical"),
		Entry("critical subject key identifier", authority, critical(oidSubjectKeyID, 0xff),
			openSSL, "its extension subject key identifier is marked as critical"),
		Entry("critical authority information access", leaf, addExtension(text(0x06, oidAccess), node(0x01, 0xff), node(0x04, 0x30, 0)),
			openSSL, "its extension authority information access is marked as critical"),
		Entry("an extension twice", leaf, func(tbs *scenario.Node) {
			addExtension(tbs.Extension(oidAltNames).Children...)(tbs)
		}, allOf, "it has the extension subject alternative name more than once"),
		Entry("true written as 01", authority, changeExtension(oidConstraints, func(value *scenario.Node) { value.At(0).Set(0x01, 1) }),
			onlyGo, "its extension basic constraints has the truth value 01, which is neither 00 nor FF"),
		Entry("critical written as 01", authority, critical(oidKeyUsage, 1),
			onlyGo, "its extension key usage has the truth value 01, which is neither 00 nor FF"),
		Entry("negative path length", authority, changeExtension(oidConstraints, func(value *scenario.Node) {
			value.Children = append(value.Children, node(0x02, 0xff))
		}), openSSL, "the path length in its extension basic constraints is negative"),
		Entry("a key usage with bits behind its end", leaf, func(tbs *scenario.Node) {
			extension := tbs.Extension(oidKeyUsage)
			extension.At(len(extension.Children)-1).Set(0x04, 0x03, 0x02, 0x05, 0xb0)
		}, onlyGo, "invalid key usage"),
		Entry("a usage that is not an identifier", leaf, changeExtension(oidExtKeyUsage, func(value *scenario.Node) { value.Children = append(value.Children, node(0x05)) }),
			openSSL, "its extension extended key usage is malformed"),
		Entry("a distribution point of another kind", leaf, addExtension(text(0x06, oidDistribution), node(0x04, 0x30, 6, 0x30, 4, 0xa0, 2, 0xa1, 0)),
			onlyGo, "invalid CRL distribution point"),
	)
})
