package duration_test

import (
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/duration"
)

func TestDuration(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Duration")
}

var _ = DescribeTable("reading", func(text string, expected time.Duration) {
	parsed, ok := duration.Parse(text)
	Expect(ok).To(BeTrue())
	Expect(parsed).To(Equal(expected))
},
	Entry(nil, "90s", 90*time.Second),
	Entry(nil, "1h30m", 90*time.Minute),
	Entry(nil, "30d", 720*time.Hour),
	Entry(nil, "0d", time.Duration(0)),
)

var _ = DescribeTable("refusing", func(text string) {
	_, ok := duration.Parse(text)
	Expect(ok).To(BeFalse())
},
	Entry(nil, ""), Entry(nil, "30"), Entry(nil, "d"), Entry(nil, "-1d"), Entry(nil, "-1h"),
	Entry("days that overflow", "99999999999d"), Entry(nil, "soon"),
)
