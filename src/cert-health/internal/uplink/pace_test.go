package uplink_test

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/uplink"
)

var _ = Describe("the pace of an agent", func() {
	start := time.Date(2026, 11, 22, 3, 4, 5, 0, time.UTC)
	var p *uplink.Pace
	BeforeEach(func() {
		p = &uplink.Pace{Interval: time.Minute, Place: 20 * time.Second, Random: func(below time.Duration) time.Duration { return below - 1 }}
	})

	It("begins at once, and goes on at the place of the instance in each interval", func() {
		Expect(p.Wait(start, false)).To(BeZero())
		p.Sent(start, false)
		Expect(p.Wait(start, false)).To(Equal(15 * time.Second))
		at := start.Add(15 * time.Second)
		p.Sent(at, false)
		Expect(p.Wait(at, false)).To(Equal(time.Minute))
		Expect(p.Wait(at.Add(time.Hour), false)).To(BeZero())
	})

	It("sends a changed report at once, and the next one after ten seconds", func() {
		p.Sent(start, false)
		Expect(p.Wait(start, true)).To(BeZero())
		p.Sent(start, true)
		Expect(p.Wait(start, true)).To(Equal(10 * time.Second))
		Expect(p.Wait(start, false)).To(Equal(15*time.Second), "a report changes nothing about heartbeats")
	})

	It("pauses for twice as long after each failure, to ten minutes, and no more after an answer", func() {
		now := start
		for _, seconds := range []int{10, 20, 40, 80, 160, 320, 600, 600} {
			p.Sent(now, true)
			p.Failed(now, 0)
			Expect(p.Wait(now, true)).To(BeNumerically("~", time.Duration(seconds)*time.Second, 1))
			now = now.Add(p.Wait(now, true))
		}
		p.Answered()
		Expect(p.Wait(now, false)).To(BeZero())
		p.Failed(now, 0)
		Expect(p.Wait(now, true)).To(BeNumerically("~", 10*time.Second, 1))
	})

	It("keeps to the pause that the hub asks for, up to ten minutes", func() {
		p.Random = func(time.Duration) time.Duration { return 2 * time.Second }
		p.Failed(start, 30*time.Second)
		Expect(p.Wait(start, false)).To(Equal(32 * time.Second))
		p.Failed(start, uplink.MaxPause)
		Expect(p.Wait(start, false)).To(Equal(uplink.MaxPause))
	})

	It("spreads the agents of a hub that comes back", func() {
		p.Random = func(time.Duration) time.Duration { return 0 }
		p.Failed(start, 0)
		Expect(p.Wait(start, false)).To(BeZero())
	})

	It("waits no longer than usual when the clock is set back", func() {
		p.Sent(start, false)
		p.Sent(start, true)
		back := start.AddDate(0, 0, -1)
		Expect(p.Wait(back, false)).To(Equal(time.Minute))
		Expect(p.Wait(back, true)).To(Equal(10 * time.Second))
	})
})
