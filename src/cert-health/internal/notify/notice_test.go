package notify_test

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/alert"
	"cert-health/internal/notify"
)

var _ = Describe("Notice", func() {
	DescribeTable("says how long the incident has been open",
		func(open time.Duration, words string) {
			begin := time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)
			Expect(notify.Notice{OpenedAt: begin, At: begin.Add(open)}.Lasted()).To(Equal(words))
		},
		Entry("a moment", 20*time.Second, "less than a minute"),
		Entry("minutes", 10*time.Minute+30*time.Second, "10m"),
		Entry("hours", 61*time.Minute, "1h1m"),
		Entry("a clock that was set back", -time.Hour, "less than a minute"),
	)

	DescribeTable("says that an incident has ended",
		func(class alert.Class, words string) {
			Expect(notify.Notice{Kind: notify.Closed, Class: class}.Summary()).To(Equal(words))
		},
		Entry("expired", alert.Expired, "no certificate is expired any more"),
		Entry("drift", alert.Drift, "no certificate drifts any more"),
		Entry("not loaded", alert.NotLoaded, "all certificates are loaded"),
		Entry("unverified", alert.Unverified, "all certificates can be seen again"),
		Entry("expiring", alert.Expiring, "no certificate is expiring any more"),
	)
})
