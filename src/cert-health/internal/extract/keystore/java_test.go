package keystore_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/extract/dercert"
	"cert-health/internal/extract/keystore"
	"cert-health/internal/secret"
)

var _ = Describe("stores that keytool makes", Ordered, func() {
	var (
		w        workshop
		web, api chain
	)

	// convert imports the first store into another one, of a kind of its own.
	convert := func(name string, options ...string) []byte {
		GinkgoHelper()
		w.keytool(append([]string{"-importkeystore", "-srckeystore", "current.jks", "-srcstorepass:env", "PASSWORD",
			"-destkeystore", name, "-deststorepass:env", "PASSWORD", "-noprompt", "-deststoretype"}, options...)...)
		return w.read(name)
	}
	entries := []string{
		"key web: web < web intermediate < web root",
		"key api: api < api intermediate < api root",
		"trusted web-ca: web root",
		"trusted api-ca: api root",
	}

	BeforeAll(func() {
		w, web, api = newWorkshop(), newChain("web"), newChain("api")
		for name, c := range map[string]chain{"web": web, "api": api} {
			w.write(name+".pem", c.pem())
			w.write(name+"-ca.pem", c.root.CertPEM())
			w.openssl("pkcs12", "-export", "-in", name+".pem", "-name", name, "-out", name+".p12", "-passout", "env:PASSWORD")
			w.keytool("-importkeystore", "-srckeystore", name+".p12", "-srcstorepass:env", "PASSWORD",
				"-destkeystore", "current.jks", "-deststorepass:env", "PASSWORD", "-noprompt")
			w.keytool("-importcert", "-alias", name+"-ca", "-file", name+"-ca.pem",
				"-keystore", "current.jks", "-storepass:env", "PASSWORD", "-noprompt")
		}
	})

	It("reads PKCS #12 as Java writes it now, whatever it is named", func() {
		data := w.read("current.jks")
		contents := mustOpen(data)
		Expect(contents.Kind).To(Equal(keystore.PKCS12))
		Expect(list(contents)).To(ConsistOf(entries))
		Expect(fingerprints(contents)).To(ContainElements(web.leaf.Fingerprint(), web.root.Fingerprint(), api.intermediate.Fingerprint()))
		for _, passwords := range [][]secret.Value{nil, {secret.New("wrong")}, {secret.New(""), secret.New("changeit")}} {
			contents, err := keystore.Open(data, passwords, dercert.Parse, nil)
			Expect(err).To(MatchError(keystore.ErrPassword))
			Expect(contents.Entries).To(BeEmpty())
		}
	})

	It("reads PKCS #12 as Java wrote it before 15: RC2 of 40 bits, 50,000 iterations", func() {
		data := convert("legacy.p12", "PKCS12", "-J-Dkeystore.pkcs12.legacy")
		Expect(w.openssl("pkcs12", "-in", "legacy.p12", "-info", "-nokeys", "-nocerts", "-legacy", "-passin", "env:PASSWORD")).
			To(ContainSubstring("pbeWithSHA1And40BitRC2-CBC, Iteration 50000"))
		Expect(list(mustOpen(data))).To(ConsistOf(entries))
	})

	It("reads JKS without any password", func() {
		contents, err := keystore.Open(convert("store.jks", "JKS"), nil, dercert.Parse, nil)
		Expect(err).NotTo(HaveOccurred())
		Expect(contents.Kind).To(Equal(keystore.JKS))
		Expect(list(contents)).To(ConsistOf(entries))
	})

	It("reads JCEKS without any password, behind secret keys", func() {
		data := convert("store.jceks", "JCEKS")
		for _, alias := range []string{"a", "b"} {
			w.keytool("-genseckey", "-alias", "secret-"+alias, "-keyalg", "AES", "-keysize", "256", "-keystore", "store.jceks",
				"-storetype", "JCEKS", "-storepass:env", "PASSWORD", "-keypass:env", "PASSWORD")
		}
		Expect(len(w.read("store.jceks"))).To(BeNumerically(">", len(data)))
		contents, err := keystore.Open(w.read("store.jceks"), nil, dercert.Parse, nil)
		Expect(err).NotTo(HaveOccurred())
		Expect(contents.Kind).To(Equal(keystore.JCEKS))
		Expect(list(contents)).To(ConsistOf(entries))
	})

	It("reads what has no password at all, as the JDK's own cacerts since 18", func() {
		w.keytool("-importcert", "-alias", "web-ca", "-file", "web-ca.pem", "-keystore", "cacerts", "-storepass:env", "PASSWORD", "-noprompt",
			"-J-Dkeystore.pkcs12.certProtectionAlgorithm=NONE", "-J-Dkeystore.pkcs12.macAlgorithm=NONE")
		contents, err := keystore.Open(w.read("cacerts"), nil, dercert.Parse, nil)
		Expect(err).NotTo(HaveOccurred())
		Expect(list(contents)).To(Equal([]string{"trusted web-ca: web root"}))
	})

	It("passes over the secret keys of PKCS #12", func() {
		data := w.read("current.jks")
		w.keytool("-genseckey", "-alias", "secret", "-keyalg", "AES", "-keysize", "256", "-keystore", "current.jks", "-storepass:env", "PASSWORD")
		Expect(len(w.read("current.jks"))).To(BeNumerically(">", len(data)))
		Expect(list(mustOpen(w.read("current.jks")))).To(ConsistOf(entries))
	})
})
