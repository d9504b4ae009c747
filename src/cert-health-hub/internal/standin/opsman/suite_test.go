package opsman_test

import (
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

func TestOpsman(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Stand-in for Ops Manager")
}
