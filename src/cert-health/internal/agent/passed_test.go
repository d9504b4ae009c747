package agent

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

var _ = DescribeTable("a reminder is due", func(age time.Duration, due bool) {
	now := time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)
	Expect(passed(now.Add(-age), now, 24*time.Hour)).To(Equal(due))
},
	Entry("a day after the alert", 24*time.Hour, true),
	Entry("not before", 24*time.Hour-time.Second, false),
	Entry("not for a snapshot that waited while the alert was sent", -10*time.Second, false),
	Entry("for an alert in the future, after the clock was set back", -time.Hour, true),
)
