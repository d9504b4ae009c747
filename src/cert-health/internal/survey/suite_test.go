package survey_test

import (
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

func TestSurvey(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Survey")
}
