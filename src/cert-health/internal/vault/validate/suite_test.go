package validate_test

import (
	"encoding/pem"
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

func TestValidate(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Validate")
}

// derOf is what the first PEM block holds.
func derOf(text string) []byte {
	GinkgoHelper()
	block, _ := pem.Decode([]byte(text))
	Expect(block).NotTo(BeNil())
	return block.Bytes
}
