package doomsday_test

import (
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

func TestDoomsday(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Doomsday")
}
