package dercert_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
	"cert-health/internal/der"
	"cert-health/internal/extract/dercert"
	"cert-health/internal/extract/found"
	"cert-health/internal/scenario"
)

var _ = Describe("Reader", func() {
	ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
	leaf := scenario.Issue(scenario.Spec{CommonName: "leaf", Issuer: ca})
	all := func(data []byte) found.Result { return new(dercert.Reader).All(data) }

	It("reads one certificate, or several in a row, and stops at the first byte that is not one", func() {
		result := all([]byte(string(leaf.X509.Raw) + string(ca.X509.Raw) + "\n"))
		Expect(result.Certificates).To(HaveLen(2))
		Expect(result.Certificates[0].Certificate.Name()).To(Equal("leaf"))
		Expect(result.Certificates[0].Form).To(Equal(cert.DER))
		Expect(result.Certificates[0].Line).To(BeZero())
		Expect(result.Certificates[1].Certificate.Name()).To(Equal("ca"))
	})

	It("reads nothing else that is DER", func() {
		block, _ := pem.Decode([]byte(leaf.KeyPEM()))
		Expect(all(block.Bytes)).To(Equal(found.Result{}))
		list, _ := pem.Decode([]byte(ca.CRL()))
		Expect(all(list.Bytes)).To(Equal(found.Result{}))
		request, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)))
		Expect(err).NotTo(HaveOccurred())
		Expect(all(request)).To(Equal(found.Result{}))
	})

	It("reads certificates of version 1, which have no version", func() {
		_, old := twins(scenario.Spec{CommonName: "old"}, func(tbs *scenario.Node) {
			tbs.Children = tbs.Children[1 : len(tbs.Children)-1] // without version and extensions
		})
		result := all(old.X509.Raw)
		Expect(result.Broken).To(BeEmpty())
		Expect(result.Certificates).To(HaveLen(1))
		Expect(result.Certificates[0].Certificate.Name()).To(Equal("old"))
	})

	It("reports a certificate that is cut off", func() {
		Expect(all(leaf.X509.Raw[:len(leaf.X509.Raw)-5]).Broken).To(HaveLen(1))
	})

	It("reports a certificate that is too large", func() {
		contents, ok := der.Within(leaf.X509.Raw, der.Sequence)
		Expect(ok).To(BeTrue())
		large := der.Append(nil, der.Sequence, append(bytes.Clone(contents), make([]byte, 1<<20)...))
		Expect(all(large)).To(Equal(found.Result{Broken: []found.Broken{{Reason: "it is larger than 1 MiB"}}}))
	})

	It("returns the same certificate for all copies", func() {
		var reader dercert.Reader
		first := reader.All(leaf.X509.Raw)
		second := reader.All(bytes.Clone(leaf.X509.Raw))
		Expect(second.Certificates[0].Certificate).To(BeIdenticalTo(first.Certificates[0].Certificate))
	})
})

// FuzzAll: whatever the input, the reader returns, changes nothing in the input, and names
// no line.
func FuzzAll(f *testing.F) {
	pair := scenario.Issue(scenario.Spec{CommonName: "seed", SANs: []string{"seed.internal", "10.0.0.1"}})
	f.Add(pair.X509.Raw)
	f.Add(append(bytes.Clone(pair.X509.Raw), pair.X509.Raw...))
	f.Add([]byte{0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 0x30, 0x82})
	f.Fuzz(func(t *testing.T, input []byte) {
		original := bytes.Clone(input)
		result := new(dercert.Reader).All(input)
		if !bytes.Equal(original, input) {
			t.Fatal("the input was changed")
		}
		for _, f := range result.Certificates {
			if f.Line != 0 || f.Form != cert.DER || f.Certificate == nil {
				t.Fatalf("line %d, form %s", f.Line, f.Form)
			}
		}
		for _, broken := range result.Broken {
			if broken.Line != 0 || broken.Reason == "" {
				t.Fatalf("broken: %+v", broken)
			}
		}
	})
}
