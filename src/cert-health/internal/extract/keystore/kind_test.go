package keystore_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"software.sslmate.com/src/go-pkcs12"

	"cert-health/internal/cert"
	"cert-health/internal/extract/dercert"
	"cert-health/internal/extract/keystore"
	"cert-health/internal/scenario"
)

var _ = Describe("Recognise", func() {
	web := newChain("web")

	It("recognises stores by their contents, and distinguishes them from certificates and keys", func() {
		request, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: "web"}}, web.key())
		Expect(err).NotTo(HaveOccurred())
		public, err := x509.MarshalPKIXPublicKey(web.key().Public())
		Expect(err).NotTo(HaveOccurred())
		ecKey, err := x509.MarshalECPrivateKey(web.key().(*ecdsa.PrivateKey))
		Expect(err).NotTo(HaveOccurred())
		for _, example := range []struct {
			data []byte
			kind keystore.Kind
			form cert.Form
		}{
			{encode(pkcs12.Modern2023, web, password), keystore.PKCS12, cert.PKCS12},
			{trustStore(pkcs12.Passwordless, "", web.root), keystore.PKCS12, cert.PKCS12},
			{asBER(encode(pkcs12.Modern2023, web, password), 0), keystore.PKCS12, cert.PKCS12},
			{jks(0xfeedfeed), keystore.JKS, cert.JKS},
			{jks(0xcececece), keystore.JCEKS, cert.JKS},
			{sequence(pkcs(7, 2), field(nil)), keystore.PKCS7, cert.PKCS7},
			{crlDER(web.root), keystore.X509CRL, ""},

			{web.leaf.X509.Raw, keystore.None, ""},
			{[]byte(web.leaf.CertPEM()), keystore.None, ""},
			{[]byte(scenario.Armour("PKCS7", nil)), keystore.None, ""},
			{[]byte(web.root.CRL()), keystore.None, ""},
			{keyDER(web), keystore.None, ""},
			{[]byte(web.leaf.KeyPEM()), keystore.None, ""},
			{ecKey, keystore.None, ""},
			{request, keystore.None, ""},
			{public, keystore.None, ""},
			{versionOne(web.root.X509.Raw), keystore.None, ""},
			{encryptedLetter(), keystore.None, ""},
			{[]byte("echo '-----BEGIN PKCS7-----'"), keystore.None, ""},
			{[]byte("\xfe\xed\xfe\xed\x00\x00\x00\x07"), keystore.None, ""},
			{[]byte("0"), keystore.None, ""},
			{nil, keystore.None, ""},
		} {
			kind := keystore.Recognise(example.data)
			Expect(kind).To(Equal(example.kind), "%.40q", example.data)
			Expect(kind.Form()).To(Equal(example.form))
			if len(example.data) > 400 && example.data[0] != '-' && !bytes.Contains(example.data, []byte("BEGIN")) {
				Expect(keystore.Recognise(example.data[:400])).To(Equal(kind), "a head suffices")
			}
			Expect(dercert.Recognise(example.data) && kind != keystore.None).To(BeFalse())
		}
	})

	It("decides what Open reads", func() {
		_, err := keystore.Open(web.leaf.X509.Raw, nil, dercert.Parse, nil)
		Expect(err).To(MatchError(keystore.ErrUnsupported))
	})
})

var _ = Describe("the table of kinds", func() {
	It("has a row for each kind", func() {
		Expect(keystore.Kinds()).To(ConsistOf(keystore.PKCS12, keystore.JKS, keystore.JCEKS, keystore.PKCS7, keystore.X509CRL))
	})

	It("names every form that package keystore reads", func() {
		forms := map[cert.Form]bool{}
		for _, kind := range keystore.Kinds() {
			if kind.Form() != "" {
				forms[kind.Form()] = true
			}
		}
		for _, info := range cert.Forms() {
			Expect(forms[info.Form]).To(Equal(info.Reader == cert.KeyStoreReader), "%s", info.Form)
		}
	})

	It("replaces all switches over kinds", func() {
		files, err := filepath.Glob("*.go")
		Expect(err).NotTo(HaveOccurred())
		for _, path := range files {
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			Expect(err).NotTo(HaveOccurred())
			ast.Inspect(file, func(node ast.Node) bool {
				if clause, ok := node.(*ast.CaseClause); ok {
					for _, expression := range clause.List {
						name, _ := expression.(*ast.Ident)
						Expect(name != nil && slices.Contains([]string{"PKCS12", "JKS", "JCEKS", "PKCS7", "X509CRL"}, name.Name)).
							To(BeFalse(), "%s has a switch over kinds", path)
					}
				}
				return true
			})
		}
	})
})

// versionOne is a certificate as if it were of X.509's first version, where serial
// number, algorithm and issuer stand as in a revocation list.
func versionOne(der []byte) []byte {
	certificate, _ := x509.ParseCertificate(der)
	return sequence(sequence(number(1), sequence(oid(1, 2, 3)), certificate.RawIssuer, sequence(tlv(0x17, []byte("260101000000Z")))))
}

// encryptedLetter is PKCS #7 of a kind that holds no certificates.
func encryptedLetter() []byte { return sequence(pkcs(7, 3), field(sequence(number(0)))) }
