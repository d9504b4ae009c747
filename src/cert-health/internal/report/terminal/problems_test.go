package terminal_test

import (
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/report/sample"
	"cert-health/internal/report/terminal"
)

var _ = Describe("problems", func() {
	It("have a paragraph each in the table, apart from what could not be read", func() {
		text := table(sample.Ending(), terminal.Style{Width: 160})
		Expect(text).To(ContainSubstring("\nrevocation list of CN=ca [expired]\n  at        haproxy config/crl.pem:3\n" +
			"  error     its next update was due\n  why       clients are refused\n  next      cert-health x509 crl --renew secret/ca\n"))
		Expect(text).To(ContainSubstring("\nthe agent's Vault token [expired]\n  error     its next update"))
		_, unseen, _ := strings.Cut(text, "Could not be read or compared\n")
		Expect(unseen).To(ContainSubstring("its END line is missing"))
		Expect(unseen).NotTo(ContainSubstring("revocation list"))
	})
})
