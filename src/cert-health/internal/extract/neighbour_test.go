package extract_test

import (
	"encoding/base64"
	"encoding/pem"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/extract"
	"cert-health/internal/scenario"
)

var _ = Describe("a value after the base64 of a short revocation list", func() {
	It("is found, in files and in values", func() {
		ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
		list, _ := pem.Decode([]byte(ca.CRL()))
		input := []byte(base64.StdEncoding.EncodeToString(list.Bytes) + "\n" + base64.StdEncoding.EncodeToString([]byte(ca.CertPEM())) + "\n")
		result, err := extract.ForFiles(nil).File(input, "/x")
		Expect(err).NotTo(HaveOccurred())
		Expect(result.CRLs).To(HaveLen(1))
		Expect(result.Certificates).To(HaveLen(1))
		value := new(extract.Extractor).Value(input)
		Expect(value.Certificates).To(HaveLen(1))
	})
})
