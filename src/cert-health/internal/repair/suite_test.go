package repair_test

import (
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

func TestRepair(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Repair")
}
