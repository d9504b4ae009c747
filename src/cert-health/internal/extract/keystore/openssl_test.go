package keystore_test

import (
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
	"cert-health/internal/extract/dercert"
	"cert-health/internal/extract/keystore"
	"cert-health/internal/secret"
)

var _ = Describe("stores that openssl makes", Ordered, func() {
	var (
		w   workshop
		web chain
	)

	BeforeAll(func() {
		w, web = newWorkshop(), newChain("web")
		w.write("web.pem", web.pem())
		w.write("cas.pem", web.intermediate.CertPEM()+web.root.CertPEM())
		w.write("crl.pem", web.root.CRL())
	})

	export := func(options ...string) []byte {
		GinkgoHelper()
		w.openssl(append([]string{"pkcs12", "-export", "-in", "web.pem", "-name", "web", "-out", "store"}, options...)...)
		return w.read("store")
	}

	DescribeTable("reads every way of encrypting certificates", func(options ...string) {
		contents := mustOpen(export(append(options, "-passout", "env:PASSWORD")...))
		Expect(contents.Kind).To(Equal(keystore.PKCS12))
		Expect(list(contents)).To(Equal([]string{"key web: web < web intermediate < web root"}))
		Expect(fingerprints(contents)).To(Equal([]cert.Fingerprint{
			web.leaf.Fingerprint(), web.intermediate.Fingerprint(), web.root.Fingerprint()}))
	},
		Entry("OpenSSL 3"),
		Entry("OpenSSL 1", "-legacy"),
		Entry("RC2 of 128 bits", "-legacy", "-certpbe", "PBE-SHA1-RC2-128"),
		Entry("3DES of RFC 7292", "-legacy", "-certpbe", "PBE-SHA1-3DES"),
		Entry("3DES with two keys", "-legacy", "-certpbe", "PBE-SHA1-2DES"),
		Entry("AES of 128 bits", "-certpbe", "AES-128-CBC"),
		Entry("AES of 192 bits", "-certpbe", "AES-192-CBC"),
		Entry("3DES of RFC 8018", "-certpbe", "DES-EDE3-CBC"),
		Entry("certificates in the clear", "-certpbe", "NONE"),
		Entry("certificates and key in the clear", "-certpbe", "NONE", "-keypbe", "NONE"),
		Entry("no checksum, as UAA and CredHub on FIPS stemcells", "-nomac"),
		Entry("a checksum of SHA-1", "-macalg", "SHA1"),
		Entry("a checksum of SHA-224", "-macalg", "SHA224"),
		Entry("a checksum of SHA-384", "-macalg", "SHA384"),
		Entry("a checksum of SHA-512", "-macalg", "SHA512"),
		Entry("a checksum that is not known", "-macalg", "SHA3-256"),
		Entry("one iteration", "-noiter", "-nomaciter"),
		Entry("600,000 iterations, as Bouncy Castle", "-iter", "600000"),
	)

	It("needs no password for certificates in the clear", func() {
		contents, err := keystore.Open(export("-certpbe", "NONE", "-passout", "env:PASSWORD"), nil, dercert.Parse, nil)
		Expect(err).NotTo(HaveOccurred())
		Expect(list(contents)).To(Equal([]string{"key web: web < web intermediate < web root"}))
	})

	DescribeTable("opens with the empty password what was made with it", func(options ...string) {
		contents, err := keystore.Open(export(append(options, "-passout", "env:EMPTY")...), []secret.Value{secret.New("x"), secret.New("")}, dercert.Parse, nil)
		Expect(err).NotTo(HaveOccurred())
		Expect(list(contents)).To(HaveLen(1))
	},
		Entry("OpenSSL 3"),
		Entry("OpenSSL 1", "-legacy"),
	)

	DescribeTable("knows how each way of encrypting writes letters beyond ASCII", func(variable string, password secret.Value, options ...string) {
		contents, err := keystore.Open(export(append(options, "-passout", "env:"+variable)...), []secret.Value{password}, dercert.Parse, nil)
		Expect(err).NotTo(HaveOccurred())
		Expect(list(contents)).To(HaveLen(1))
	},
		Entry("OpenSSL 3", "ACCENTED", secret.New(accented)),
		Entry("OpenSSL 1", "ACCENTED", secret.New(accented), "-legacy"),
		Entry("OpenSSL 3, Latin-1", "LATIN1", secret.New(latin1)),
		Entry("OpenSSL 1, Latin-1", "LATIN1", secret.New(latin1), "-legacy"),
	)

	It("takes certificates without a key for neither a key's nor trusted", func() {
		w.openssl("pkcs12", "-export", "-nokeys", "-in", "cas.pem", "-out", "store", "-passout", "env:PASSWORD")
		Expect(list(mustOpen(w.read("store")))).To(Equal([]string{"loose : web intermediate", "loose : web root"}))
	})

	It("puts both of two CAs of one name into the chain, as they stand during a rotation", func() {
		other := newChain("web")
		w.write("rotation.pem", web.pem()+other.root.CertPEM())
		w.openssl("pkcs12", "-export", "-in", "rotation.pem", "-name", "web", "-out", "store", "-passout", "env:PASSWORD")
		Expect(list(mustOpen(w.read("store")))).To(Equal([]string{"key web: web < web intermediate < web root < web root"}))
	})

	It("refuses a cipher that is not known by its number, and names the remedy", func() {
		_, err := open(export("-certpbe", "CAMELLIA-128-CBC", "-passout", "env:PASSWORD"))
		Expect(err).To(MatchError(keystore.ErrUnsupported))
		Expect(err).To(MatchError(And(ContainSubstring("1.2.392.200011.61.1.1.1.2"), ContainSubstring("keytool -importkeystore"))))
	})

	It("reads PKCS #7", func() {
		w.openssl("crl2pkcs7", "-in", "crl.pem", "-certfile", "cas.pem", "-certfile", "web.pem", "-out", "bundle", "-outform", "DER")
		contents, err := keystore.Open(w.read("bundle"), nil, dercert.Parse, nil)
		Expect(err).NotTo(HaveOccurred())
		Expect(contents.Kind).To(Equal(keystore.PKCS7))
		Expect(list(contents)).To(Equal([]string{"loose : web intermediate < web root < web < web intermediate < web root"}))
		Expect(contents.CRLs).To(HaveLen(1))
		Expect(contents.CRLs[0].Issuer).To(Equal("CN=web root"))
	})

	It("reads PKCS #7 of lengths that are not known beforehand", func() {
		w.write("text", strings.Repeat("text to sign\n", 1000))
		w.openssl("cms", "-sign", "-stream", "-nodetach", "-binary", "-in", "text", "-signer", "web.pem", "-certfile", "cas.pem",
			"-outform", "DER", "-out", "signed")
		data := w.read("signed")
		Expect(data[:2]).To(Equal([]byte{0x30, 0x80}), "the tool writes BER")
		contents, err := keystore.Open(data, nil, dercert.Parse, nil)
		Expect(err).NotTo(HaveOccurred())
		Expect(fingerprints(contents)).To(ContainElements(web.leaf.Fingerprint(), web.intermediate.Fingerprint(), web.root.Fingerprint()))
	})

	It("reads a revocation list", func() {
		w.openssl("crl", "-in", "crl.pem", "-outform", "DER", "-out", "der.crl")
		contents, err := keystore.Open(w.read("der.crl"), nil, dercert.Parse, nil)
		Expect(err).NotTo(HaveOccurred())
		Expect(contents.Kind).To(Equal(keystore.X509CRL))
		Expect(contents.CRLs).To(HaveLen(1))
		Expect(contents.CRLs[0].NextUpdate).To(BeTemporally("==", web.root.X509.NotAfter))
	})
})
