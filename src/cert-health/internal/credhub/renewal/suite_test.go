package renewal_test

import (
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

func TestRenewal(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Renewal")
}
