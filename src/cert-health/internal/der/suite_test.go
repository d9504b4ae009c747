package der_test

import (
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

func TestDer(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Der")
}
