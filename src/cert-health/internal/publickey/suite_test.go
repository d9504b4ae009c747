package publickey_test

import (
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

func TestPublickey(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Publickey")
}
