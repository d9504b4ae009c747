package keystore_test

import (
	"bytes"
	"crypto/x509"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"software.sslmate.com/src/go-pkcs12"

	"cert-health/internal/cert"
	"cert-health/internal/extract/dercert"
	"cert-health/internal/extract/keystore"
	"cert-health/internal/scenario"
	"cert-health/internal/secret"
)

// encode makes a store of a chain in memory.
func encode(encoder *pkcs12.Encoder, c chain, password string) []byte {
	GinkgoHelper()
	data, err := encoder.Encode(c.key(), c.leaf.X509, []*x509.Certificate{c.intermediate.X509, c.root.X509}, password)
	Expect(err).NotTo(HaveOccurred())
	return data
}

// trustStore makes one as Java marks them.
func trustStore(encoder *pkcs12.Encoder, password string, cas ...*scenario.Pair) []byte {
	GinkgoHelper()
	var entries []pkcs12.TrustStoreEntry
	for _, ca := range cas {
		entries = append(entries, pkcs12.TrustStoreEntry{Cert: ca.X509, FriendlyName: ca.X509.Subject.CommonName})
	}
	data, err := encoder.EncodeTrustStoreEntries(entries, password)
	Expect(err).NotTo(HaveOccurred())
	return data
}

var _ = Describe("PKCS #12", func() {
	web := newChain("web")

	DescribeTable("is read as another implementation writes it", func(encoder *pkcs12.Encoder) {
		Expect(list(mustOpen(encode(encoder, web, password)))).To(Equal([]string{"key : web < web intermediate < web root"}))
		store := trustStore(encoder, password, web.root, web.intermediate)
		Expect(list(mustOpen(store))).To(Equal([]string{"trusted web root: web root", "trusted web intermediate: web intermediate"}))
	},
		Entry("RC2", pkcs12.LegacyRC2),
		Entry("3DES", pkcs12.LegacyDES),
		Entry("AES", pkcs12.Modern2023),
		Entry("PBMAC1 of RFC 9579", pkcs12.Modern2026),
	)

	It("is read in the BER of Bouncy Castle and NSS, as long as its checksum is over the same bytes", func() {
		Expect(list(mustOpen(asBER(encode(pkcs12.Modern2023, web, password), 0)))).To(HaveLen(1))
		unlocked := trustStore(pkcs12.Passwordless, "", web.root, web.intermediate)
		contents := mustOpen(asBER(unlocked, 2))
		Expect(fingerprints(contents)).To(Equal([]cert.Fingerprint{web.root.Fingerprint(), web.intermediate.Fingerprint()}))
	})

	It("opens bags within bags, and skips what is not X.509", func() {
		nested := sequence(pkcs(12, 10, 1, 6), field(sequence(certBag(web.root.X509.Raw))))
		foreign := sequence(pkcs(12, 10, 1, 3), field(sequence(pkcs(9, 22, 2), field(tlv(0x16, []byte("sdsi"))))))
		crl := sequence(pkcs(12, 10, 1, 4), field(sequence(pkcs(9, 23, 1), field(octetString(nil)))))
		Expect(list(mustOpen(pfx(nil, clearSafe(crl, foreign, nested))))).To(Equal([]string{"loose : web root"}))
	})

	It("gives what could be read beside what could not", func() {
		contents, err := open(pfx(nil,
			encryptedSafe(pbes2(1000), make([]byte, 64)),
			clearSafe(certBag(web.root.X509.Raw), certBag([]byte("no certificate")), certBag(web.leaf.X509.Raw))))
		Expect(err).To(MatchError(keystore.ErrPassword))
		Expect(err).To(MatchError(ContainSubstring("tried: 2")))
		Expect(fingerprints(contents)).To(Equal([]cert.Fingerprint{web.root.Fingerprint(), web.leaf.Fingerprint()}))
		Expect(contents.Broken).To(HaveLen(1))
	})

	It("tells a store that was tampered with from one that is locked", func() {
		data := encode(pkcs12.Modern2023, web, password)
		data[len(data)-5]++ // in the number of iterations of the checksum, or its salt
		_, err := open(data)
		Expect(err).To(MatchError(keystore.ErrDamaged))
		Expect(err).To(MatchError(ContainSubstring("checksum")))
	})

	It("wipes what it decrypted, or put together", func() {
		var seen [][]byte
		parse := func(der []byte) (*cert.Certificate, error) {
			Expect(bytes.Count(der, []byte{0})).To(BeNumerically("<", len(der)))
			seen = append(seen, der)
			return dercert.Parse(der)
		}
		_, err := keystore.Open(encode(pkcs12.Modern2023, web, password), []secret.Value{secret.New(password)}, parse, nil)
		Expect(err).NotTo(HaveOccurred())
		_, err = keystore.Open(asBER(trustStore(pkcs12.Passwordless, "", web.root), 1), nil, parse, nil)
		Expect(err).NotTo(HaveOccurred())
		Expect(seen).To(HaveLen(4))
		for _, der := range seen {
			Expect(der).To(HaveEach(byte(0)))
		}
	})

	DescribeTable("decrypts the examples of RFC 2268", func(key, plain, encrypted []byte) {
		Expect(keystore.DecryptRC2(key, encrypted)).To(Equal(plain))
	},
		// Those of section 5 whose key has as many effective bits as it has.
		Entry("64 bits", []byte("\xff\xff\xff\xff\xff\xff\xff\xff"), []byte("\xff\xff\xff\xff\xff\xff\xff\xff"), []byte("\x27\x8b\x27\xe4\x2e\x2f\x0d\x49")),
		Entry("64 bits, another", []byte("\x30\x00\x00\x00\x00\x00\x00\x00"), []byte("\x10\x00\x00\x00\x00\x00\x00\x01"), []byte("\x30\x64\x9e\xdf\x9b\xe7\xd2\xc2")),
		Entry("128 bits", []byte("\x88\xbc\xa9\x0e\x90\x87\x5a\x7f\x0f\x79\xc3\x84\x62\x7b\xaf\xb2"), make([]byte, 8), []byte("\x22\x69\x55\x2a\xb0\xf8\x5c\xa6")),
	)
})
