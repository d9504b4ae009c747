package dercert_test

import (
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

func TestDercert(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Dercert")
}
