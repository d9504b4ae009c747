package extract_test

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"software.sslmate.com/src/go-pkcs12"

	"cert-health/internal/cert"
	"cert-health/internal/extract"
	"cert-health/internal/extract/dercert"
	"cert-health/internal/extract/found"
	"cert-health/internal/extract/keystore"
	"cert-health/internal/scenario"
)

// file is what an Extractor for files finds in the contents of one.
func file(contents []byte) found.Result {
	result, _ := extract.ForFiles(nil).File(contents, "/file")
	return result
}

// pkcs7 is a bundle in DER, of the given content type.
func pkcs7(contentType int, pairs ...*scenario.Pair) []byte {
	sequence := func(contents ...[]byte) []byte {
		return must(asn1.Marshal(asn1.RawValue{Tag: asn1.TagSequence, IsCompound: true, Bytes: bytes.Join(contents, nil)}))
	}
	field := func(contents []byte) []byte {
		return must(asn1.Marshal(asn1.RawValue{Class: asn1.ClassContextSpecific, IsCompound: true, Bytes: contents}))
	}
	set := must(asn1.Marshal(asn1.RawValue{Tag: asn1.TagSet, IsCompound: true}))
	oid := func(last int) []byte {
		return must(asn1.Marshal(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, last}))
	}
	var certificates []byte
	for _, pair := range pairs {
		certificates = append(certificates, pair.X509.Raw...)
	}
	signed := sequence(must(asn1.Marshal(1)), set, sequence(oid(1)), field(certificates), set)
	return sequence(oid(contentType), field(signed))
}

func must(encoded []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return encoded
}

var _ = Describe("File", func() {
	ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
	leaf := scenario.Issue(scenario.Spec{CommonName: "leaf", Issuer: ca})

	It("finds certificates in text, DER and PKCS #7", func() {
		for form, contents := range map[cert.Form][]byte{
			cert.PEM: []byte(leaf.CertPEM()), cert.DER: leaf.X509.Raw, cert.PKCS7: pkcs7(2, leaf),
		} {
			result := file(contents)
			Expect(result.Certificates).To(HaveLen(1))
			Expect(result.Certificates[0].Form).To(Equal(form))
			Expect(result.Certificates[0].Certificate.Name()).To(Equal("leaf"))
		}
	})

	It("gives each armoured block of PKCS #7 and each revocation list one outcome, with its line", func() {
		text := "# lists\n" + ca.CRL() + scenario.Armour("PKCS7", pkcs7(2, leaf)) + leaf.CertPEM() +
			scenario.Armour("X509 CRL", append([]byte{0x30, 0x20}, make([]byte, 32)...)) +
			"-----BEGIN X509 CRL-----\nMIIBMIIBMIIBMIIBMIIB\n" + leaf.KeyPEM() +
			scenario.Armour("CMS", append([]byte{0x30, 0x7f}, make([]byte, 32)...)) + scenario.Armour("CMS", pkcs7(3)) +
			"-----BEGIN PKCS7-----\nMII!!!\n-----END PKCS7-----\n" +
			"-----BEGIN PKCS7-----\n...\n-----END PKCS7-----\n" + ca.CRL()
		result := file([]byte(text))
		Expect(result.CRLs).To(HaveLen(2))
		Expect(result.CRLs[0].Line).To(Equal(2))
		Expect(result.Certificates).To(ConsistOf(
			And(HaveField("Form", cert.PEM), HaveField("Group", 0)), And(HaveField("Form", cert.PKCS7), HaveField("Group", 0))))
		Expect(result.Broken).To(HaveLen(4))
		lines := strings.Split(text, "\n")
		for _, broken := range result.Broken {
			Expect(lines[broken.Line-1]).To(HavePrefix("-----BEGIN "))
			Expect(broken.Reason).NotTo(BeEmpty())
		}
	})

	It("returns the same certificate for all copies, whatever their form", func() {
		extractor := extract.ForFiles(nil)
		var all []*cert.Certificate
		for _, contents := range [][]byte{[]byte(leaf.CertPEM()), leaf.X509.Raw, pkcs7(2, leaf)} {
			result, err := extractor.File(contents, "/file")
			Expect(err).NotTo(HaveOccurred())
			all = append(all, result.Certificates[0].Certificate)
		}
		Expect(all).To(HaveEach(BeIdenticalTo(all[0])))
	})

	It("finds key stores and PKCS #7 in text, with the line of each", func() {
		contents := "a: b\n" + scenario.Armour("PKCS12", trust(leaf)) + scenario.Armour("CERTIFICATE", pkcs7(2, ca)) +
			"jks: " + encoded(jks(leaf)) + "\np7: " + encoded(pkcs7(2, leaf)) + "\n"
		result, err := extract.ForFiles(nil).File([]byte(contents), "/file")
		Expect(err).NotTo(HaveOccurred())
		Expect(result.Broken).To(BeEmpty())
		Expect(forms(result)).To(Equal([]cert.Form{cert.PKCS12, cert.PKCS7, cert.JKS, cert.PKCS7}))
		lines := strings.Split(contents, "\n")
		Expect(result.Certificates[0].Line).To(Equal(2))
		Expect(lines[result.Certificates[1].Line-1]).To(Equal("-----BEGIN CERTIFICATE-----"))
		Expect(lines[result.Certificates[2].Line-1]).To(HavePrefix("jks: "))
		Expect(lines[result.Certificates[3].Line-1]).To(HavePrefix("p7: "))
	})

	It("returns one error for all key stores in one text file that it cannot open, and the certificates beside them", func() {
		locked := must(pkcs12.Modern.EncodeTrustStore([]*x509.Certificate{leaf.X509}, "unknown"))
		contents := "a: " + encoded(locked) + "\nb: " + encoded(leaf.X509.Raw) + "\nc: " + encoded(locked) + "\n"
		result, err := extract.ForFiles(nil).File([]byte(contents), "/file")
		Expect(result.Certificates).To(HaveLen(1))
		var store *extract.StoreError
		Expect(errors.As(err, &store)).To(BeTrue())
		Expect(store.Locked()).To(BeTrue())
		Expect(err).To(MatchError(And(ContainSubstring("the key store in line 1: "), ContainSubstring("the key store in line 3: "))))
	})

	It("finds certificates in UTF-16, with and without a byte order mark", func() {
		text := "# ü\n" + leaf.CertPEM() + ca.CertPEM()
		for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
			marked := order.AppendUint16(nil, 0xfeff)
			var plain []byte
			for _, unit := range utf16.Encode([]rune(text)) {
				marked = order.AppendUint16(marked, unit)
			}
			for _, char := range leaf.CertPEM() {
				plain = order.AppendUint16(plain, uint16(char))
			}
			Expect(extract.ExtentOf(marked)).To(Equal(extract.Any))
			result := file(marked)
			Expect(result.Certificates).To(HaveLen(2))
			Expect(result.Certificates[0].Line).To(Equal(2))
			Expect(extract.ExtentOf(plain)).To(Equal(extract.Any))
			Expect(file(plain).Certificates).To(HaveLen(1))
		}
	})

	It("finds PEM with NUL bytes around it", func() {
		for _, contents := range []string{leaf.CertPEM() + strings.Repeat("\x00", 20000), "\x00\x00" + leaf.CertPEM()} {
			Expect(extract.ExtentOf([]byte(contents)[:min(len(contents), extract.HeadSize)])).To(Equal(extract.Any))
			Expect(file([]byte(contents)).Certificates).To(HaveLen(1))
		}
	})

	It("finds nothing in a file with a private key in DER", func() {
		block, _ := pem.Decode([]byte(leaf.KeyPEM()))
		Expect(file(block.Bytes)).To(Equal(found.Result{}))
	})
})

var _ = Describe("every form of the table", func() {
	leaf := scenario.Issue(scenario.Spec{CommonName: "leaf"})

	// files has contents of a file of each form.
	files := map[cert.Form][]byte{
		cert.PEMLines:  []byte("- " + strings.ReplaceAll(strings.TrimSpace(leaf.CertPEM()), "\n", "\n- ") + "\n"),
		cert.DERBase64: []byte("cert: " + encoded(leaf.X509.Raw) + "\n"),
		cert.DERHex:    []byte("cert: " + hex.EncodeToString(leaf.X509.Raw) + "\n"),
		cert.DER:       leaf.X509.Raw,
		cert.PKCS7:     pkcs7(2, leaf),
		cert.PKCS12:    must(pkcs12.Passwordless.EncodeTrustStore([]*x509.Certificate{leaf.X509}, "")),
		cert.JKS:       jks(leaf),
	}
	for _, wrapping := range scenario.Wrappings() {
		files[wrapping.Form] = []byte(wrapping.Wrap(leaf.CertPEM()))
	}

	for _, info := range cert.Forms() {
		It("is found, as the table says: "+string(info.Form), func() {
			contents := files[info.Form]
			Expect(contents).NotTo(BeEmpty(), "this test needs an example")
			result := file(contents)
			Expect(result.Certificates).To(HaveLen(1))
			Expect(result.Certificates[0].Form).To(Equal(info.Form))
			Expect(result.Certificates[0].Certificate.Name()).To(Equal("leaf"))
			Expect(result.Certificates[0].Line > 0).To(Equal(!info.Binary))
			Expect(readerOf(contents)).To(Equal(info.Reader))
		})
	}
})

// readerOf is the reader that recognises a file.
func readerOf(contents []byte) cert.Reader {
	switch {
	case keystore.Recognise(contents) != keystore.None:
		return cert.KeyStoreReader
	case dercert.Recognise(contents):
		return cert.DERReader
	}
	return cert.TextReader
}

// trust is a PKCS #12 file that is encrypted with Java's default password.
func trust(pair *scenario.Pair) []byte {
	return must(pkcs12.Modern.EncodeTrustStore([]*x509.Certificate{pair.X509}, "changeit"))
}

func encoded(data []byte) string { return base64.StdEncoding.EncodeToString(data) }

func forms(result found.Result) (list []cert.Form) {
	for _, f := range result.Certificates {
		list = append(list, f.Form)
	}
	return list
}

// jks is a store of Java's older kind with one trusted certificate.
func jks(pair *scenario.Pair) []byte {
	text := func(value string) []byte {
		return append(binary.BigEndian.AppendUint16(nil, uint16(len(value))), value...)
	}
	header := []byte{0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 2, 0, 0, 0, 1}
	entry := slices.Concat([]byte{0, 0, 0, 2}, text("alias"), make([]byte, 8), text("X.509"),
		binary.BigEndian.AppendUint32(nil, uint32(len(pair.X509.Raw))), pair.X509.Raw)
	return slices.Concat(header, entry, make([]byte, 20))
}

var _ = Describe("Value", func() {
	leaf := scenario.Issue(scenario.Spec{CommonName: "leaf"})

	It("finds certificates in all forms that text can have, and no keys", func() {
		var extractor extract.Extractor
		result := extractor.Value([]byte(leaf.CertPEM() + leaf.KeyPEM() + scenario.Armour("PKCS7", pkcs7(2, leaf)) +
			"store: " + encoded(trust(leaf)) + "\njks: " + encoded(jks(leaf)) + "\ncer: " + encoded(leaf.X509.Raw)))
		Expect(forms(result)).To(Equal([]cert.Form{cert.PEM, cert.DERBase64, cert.PKCS7, cert.PKCS12, cert.JKS}))
		Expect(result.Clues).To(BeNil())
		Expect(extractor.Value(pkcs7(2, leaf))).To(Equal(found.Result{}))
	})

	It("names a key store whose password it does not know", func() {
		locked := must(pkcs12.Modern.EncodeTrustStore([]*x509.Certificate{leaf.X509}, "unknown"))
		result := new(extract.Extractor).Value([]byte("a: b\nstore: " + encoded(locked) + "\n"))
		Expect(result.Certificates).To(BeEmpty())
		Expect(result.Broken).To(HaveLen(1))
		Expect(result.Broken[0].Reason).To(HavePrefix("the key store in line 2: "))
	})
})

var _ = Describe("ExtentOf", func() {
	leaf := scenario.Issue(scenario.Spec{CommonName: "leaf"})

	It("tells how much of a file has to be read", func() {
		Expect(extract.ExtentOf([]byte(leaf.CertPEM()))).To(Equal(extract.Any))
		Expect(extract.ExtentOf(leaf.X509.Raw)).To(Equal(extract.Any))
		Expect(extract.ExtentOf(pkcs7(2, leaf))).To(Equal(extract.Whole))
		Expect(extract.ExtentOf([]byte("\x7fELF\x00"))).To(Equal(extract.Nothing))
		Expect(extract.ExtentOf(nil)).To(Equal(extract.Any))
	})
})

// FuzzFile: whatever the input, the Extractor returns, and changes nothing in the input.
func FuzzFile(f *testing.F) {
	pair := scenario.Issue(scenario.Spec{CommonName: "seed"})
	for _, wrapping := range scenario.Wrappings() {
		f.Add([]byte(wrapping.Wrap(pair.CertPEM() + pair.KeyPEM())))
	}
	f.Add(pair.X509.Raw)
	f.Add([]byte("\xff\xfe-\x00-\x00-\x00-\x00-\x00B\x00"))
	f.Add([]byte(pair.CertPEM() + "\x00\x00"))
	f.Add(pkcs7(2, pair))
	for _, data := range [][]byte{pair.X509.Raw, jks(pair), trust(pair), pkcs7(2, pair)} {
		f.Add([]byte("a: " + encoded(data) + "\nb: " + encoded([]byte(encoded(data)))))
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		original := bytes.Clone(input)
		result, _ := extract.ForFiles(nil).File(input, "/file")
		if !extract.UTF16(original) && !bytes.Equal(original, input) {
			t.Fatal("the input was changed")
		}
		if len(result.Roles()) != len(result.Certificates) {
			t.Fatal("not one role for each certificate")
		}
	})
}
