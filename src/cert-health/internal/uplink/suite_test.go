package uplink_test

import (
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

func TestUplink(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Uplink")
}
