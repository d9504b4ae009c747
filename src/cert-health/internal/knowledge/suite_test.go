package knowledge_test

import (
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

func TestKnowledge(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Knowledge")
}
