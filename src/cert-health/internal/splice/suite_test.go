package splice_test

import (
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

func TestSplice(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Splice")
}
