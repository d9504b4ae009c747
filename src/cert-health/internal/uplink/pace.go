package uplink

import "time"

const (
	// reportGap is the shortest time between two whole reports of one agent.
	reportGap = 10 * time.Second
	// firstPause bounds the pause after the first failure. The bound doubles with each further one.
	firstPause = 10 * time.Second
)

// Pace says when an agent may send its next message. It reads no clock.
type Pace struct {
	Interval time.Duration // between two heartbeats
	Place    time.Duration // of this instance within the interval, so that agents spread
	// Random returns a duration below its argument.
	Random func(below time.Duration) time.Duration

	beat     time.Time // of the next heartbeat
	report   time.Time // of the next report at the earliest
	resume   time.Time // after a failure
	failures int
}

// Wait is how long to wait before the next message: a report, or else a heartbeat. If the clock is set
// back, it is no longer than usual.
func (p *Pace) Wait(now time.Time, report bool) time.Duration {
	wait := until(now, p.resume, MaxPause)
	if report {
		return max(wait, until(now, p.report, reportGap))
	}
	return max(wait, until(now, p.beat, p.Interval))
}

func until(now, at time.Time, longest time.Duration) time.Duration {
	return min(max(0, at.Sub(now)), longest)
}

// Sent notes a message that is sent now.
func (p *Pace) Sent(now time.Time, report bool) {
	if report {
		p.report = now.Add(reportGap)
		return
	}
	p.beat = p.next(now)
}

// next is the next place of this instance in an interval. The times are the same before and after a
// restart.
func (p *Pace) next(now time.Time) time.Time {
	into := (time.Duration(now.UnixNano()) - p.Place) % p.Interval
	if into < 0 {
		into += p.Interval
	}
	return now.Add(p.Interval - into)
}

// Answered notes that the hub has answered as it should.
func (p *Pace) Answered() { p.failures, p.resume = 0, time.Time{} }

// Failed notes that it has not. The pause is random, up to a bound that doubles, so that the agents of
// a hub that comes back do not come at the same time. What the hub asks for is added.
func (p *Pace) Failed(now time.Time, asked time.Duration) {
	bound := min(firstPause<<min(p.failures, 10), MaxPause)
	p.failures++
	p.resume = now.Add(min(asked+p.Random(bound), MaxPause))
}
