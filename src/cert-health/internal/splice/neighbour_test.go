package splice_test

import (
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/scenario"
	"cert-health/internal/splice"
)

var _ = Describe("a block beside others", func() {
	short, long := scenario.Issue(scenario.Spec{Key: scenario.Ed25519}), scenario.Issue(scenario.Spec{Key: scenario.RSA})
	replaced := func(contents string, old, issued *scenario.Pair) string {
		GinkgoHelper()
		written, err := splice.Splice([]byte(contents), edits([]byte(contents), old, issued, nil))
		Expect(err).NotTo(HaveOccurred())
		return string(written)
	}

	It("has the width of its certificate if it is too short to show its own", func() {
		list := pool()[0].CRL() // it has another signature each time
		for _, write := range []func(string) string{oneLine, func(pem string) string { return widthOf(pem, 76) }} {
			contents := write(long.CertPEM()+long.KeyPEM()) + list
			once := replaced(contents, long, short)
			Expect(once).To(Equal(write(short.CertPEM()+short.KeyPEM()) + list))
			Expect(replaced(once, short, long)).To(Equal(contents))
		}
	})

	It("does not take over the escapes of another form", func() {
		escaped := strings.NewReplacer("=", `\u003d`, "+", `\u002b`, "/", `\/`, "\n", `\n`)
		for range 20 { // some have no character of each kind
			old, issued := scenario.Issue(scenario.Spec{Key: scenario.Ed25519}), scenario.Issue(scenario.Spec{})
			contents := `{"c":"` + escaped.Replace(long.CertPEM()) + "\"}\n" + old.KeyPEM()
			Expect(replaced(contents, old, issued)).To(Equal(`{"c":"` + escaped.Replace(long.CertPEM()) + "\"}\n" + issued.KeyPEM()))
		}
	})

	It("leaves alone the word in the line after base64 without padding", func() {
		for range 12 {
			old, issued := scenario.Issue(scenario.Spec{}), scenario.Issue(scenario.Spec{CommonName: "a longer name"})
			for _, indent := range []string{"", "  "} {
				contents := "cert: " + base64Of(old.CertPEM()) + "\n" + indent + "other: value\n"
				Expect(replaced(contents, old, issued)).To(Equal("cert: " + base64Of(issued.CertPEM()) + "\n" + indent + "other: value\n"))
			}
		}
	})
})
