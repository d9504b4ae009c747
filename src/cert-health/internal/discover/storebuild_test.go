package discover_test

import (
	"crypto/x509"
	"encoding/asn1"
	"encoding/binary"
	"encoding/pem"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"software.sslmate.com/src/go-pkcs12"

	"cert-health/internal/scenario"
)

// trustStore is PKCS #12 as Java writes it, the certificates under their names in capitals.
func trustStore(encoder *pkcs12.Encoder, password string, pairs ...*scenario.Pair) string {
	GinkgoHelper()
	var entries []pkcs12.TrustStoreEntry
	for _, pair := range pairs {
		entries = append(entries, pkcs12.TrustStoreEntry{
			Cert: pair.X509, FriendlyName: strings.ToUpper(pair.X509.Subject.CommonName),
		})
	}
	data, err := encoder.EncodeTrustStoreEntries(entries, password)
	Expect(err).NotTo(HaveOccurred())
	return string(data)
}

// keyStore is PKCS #12 with a private key.
func keyStore(password string, leaf *scenario.Pair, issuers ...*scenario.Pair) string {
	GinkgoHelper()
	block, _ := pem.Decode([]byte(leaf.KeyPEM()))
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	Expect(err).NotTo(HaveOccurred())
	var chain []*x509.Certificate
	for _, issuer := range issuers {
		chain = append(chain, issuer.X509)
	}
	data, err := pkcs12.Modern2023.Encode(key, leaf.X509, chain, password)
	Expect(err).NotTo(HaveOccurred())
	return string(data)
}

// jks is what Java wrote before it wrote PKCS #12, with one trusted certificate.
func jks(alias string, pair *scenario.Pair) string {
	text := func(s string) []byte { return append(binary.BigEndian.AppendUint16(nil, uint16(len(s))), s...) }
	return string(slices.Concat([]byte("\xfe\xed\xfe\xed\x00\x00\x00\x02\x00\x00\x00\x01\x00\x00\x00\x02"),
		text(alias), make([]byte, 8), text("X.509"),
		binary.BigEndian.AppendUint32(nil, uint32(len(pair.X509.Raw))), pair.X509.Raw, make([]byte, 20)))
}

// pkcs7 is a bundle as `openssl crl2pkcs7 -nocrl -outform DER` makes it.
func pkcs7(pairs ...*scenario.Pair) []byte {
	GinkgoHelper()
	field := func(class, tag int, parts ...[]byte) []byte {
		data, err := asn1.Marshal(asn1.RawValue{Class: class, Tag: tag, IsCompound: true, Bytes: slices.Concat(parts...)})
		Expect(err).NotTo(HaveOccurred())
		return data
	}
	oid := func(last int) []byte {
		data, err := asn1.Marshal(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, last})
		Expect(err).NotTo(HaveOccurred())
		return data
	}
	var certificates []byte
	for _, pair := range pairs {
		certificates = append(certificates, pair.X509.Raw...)
	}
	const universal, context = asn1.ClassUniversal, asn1.ClassContextSpecific
	signed := field(universal, asn1.TagSequence, []byte{2, 1, 1}, field(universal, asn1.TagSet),
		field(universal, asn1.TagSequence, oid(1)), field(context, 0, certificates), field(universal, asn1.TagSet))
	return field(universal, asn1.TagSequence, oid(2), field(context, 0, signed))
}

func armoured(der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "PKCS7", Bytes: der}))
}
