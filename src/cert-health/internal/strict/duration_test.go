package strict_test

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/strict"
)

var _ = DescribeTable("a valid duration", func(text string, expected time.Duration) {
	o, problems := fromJSON(`{"interval": "` + text + `"}`)
	Expect(problems).To(BeEmpty())
	Expect(o.Interval).To(Equal(expected))
},
	Entry(nil, "90s", 90*time.Second),
	Entry(nil, "1h30m", 90*time.Minute),
	Entry(nil, "30d", 720*time.Hour),
	Entry(nil, "0d", time.Duration(0)),
)

var _ = DescribeTable("an invalid duration is rejected", func(text string) {
	_, problems := fromJSON(`{"interval": "` + text + `"}`)
	Expect(problems).To(HaveLen(1))
},
	Entry(nil, ""), Entry(nil, "30"), Entry(nil, "d"), Entry(nil, "-1d"), Entry(nil, "-1h"),
	Entry("days that overflow", "99999999999d"), Entry(nil, "soon"),
)

var _ = Describe("Date", func() {
	It("ends when the next day begins", func() {
		var d strict.Date
		Expect(d.End).To(BeZero())
		Expect(d.UnmarshalText([]byte("2027-01-31"))).To(Succeed())
		Expect(d.End).To(Equal(time.Date(2027, 2, 1, 0, 0, 0, 0, time.UTC)))
		Expect(d.UnmarshalText([]byte("tomorrow"))).To(MatchError("it is not a valid date: write 2027-01-31"))
	})
})
