package verdict_test

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/verdict"
)

var _ = DescribeTable("a day has passed, as for a reminder,", func(age time.Duration, passed bool) {
	now := time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)
	Expect(verdict.Passed(now.Add(-age), now, 24*time.Hour)).To(Equal(passed))
},
	Entry("a day after the alert", 24*time.Hour, true),
	Entry("not before", 24*time.Hour-time.Second, false),
	Entry("not for a snapshot that waited while the alert was sent", -10*time.Second, false),
	Entry("for an alert in the future, after the clock was set back", -time.Hour, true),
)
