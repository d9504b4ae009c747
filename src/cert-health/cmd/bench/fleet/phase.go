package fleet

import (
	"fmt"
	"slices"
	"sync"
	"time"
)

// phase is what a fleet did in one period of simulated time.
type phase struct {
	name  string
	began time.Time
	long  time.Duration

	mutex       sync.Mutex
	polls       int
	sent        [kinds]int
	refused     int
	unavailable int
	delayed     int // references that are not known yet
	unread      int // known secrets that were not read in a poll
	most        int // largest number of metadata requests of one poll
	seconds     []int
	wrong       []string
}

// The pace of one agent. The simulation does not wait; it only computes with the pace: the number
// of concurrent requests, and the rate after these.
const (
	burst = 8
	rate  = 20
)

func (p *phase) book(at time.Time, a asked) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.polls++
	p.refused += a.refused
	p.delayed += a.delayed
	p.unread += a.unread
	p.wrong = append(p.wrong, a.wrong...)
	p.most = max(p.most, a.sent[metadata])
	if a.unavailable {
		p.unavailable++
	}
	for k, count := range a.sent {
		p.sent[k] += count
	}
	for i := range a.total() {
		after := at.Sub(p.began) + max(0, time.Duration(i-burst+1))*time.Second/rate
		second := int(after / time.Second)
		if second >= len(p.seconds) {
			p.seconds = append(p.seconds, make([]int, second+1-len(p.seconds))...)
		}
		p.seconds[second]++
	}
	if a.requests != a.total() {
		p.wrong = append(p.wrong, fmt.Sprintf("an agent counted %d requests where %d were sent", a.requests, a.total()))
	}
}

func (p *phase) total() (sum int) {
	for _, count := range p.sent {
		sum += count
	}
	return sum
}

func (p *phase) mean() float64 { return float64(p.total()) / p.long.Seconds() }

// peak returns the number of requests in the busiest second.
func (p *phase) peak() int { return slices.Max(append([]int{0}, p.seconds...)) }

// busiest returns the highest mean rate in a period of that length.
func (p *phase) busiest(stretch time.Duration) float64 {
	long := int(stretch / time.Second)
	sum, most := 0, 0
	for i, count := range p.seconds {
		if sum += count; i >= long {
			sum -= p.seconds[i-long]
		}
		most = max(most, sum)
	}
	return float64(most) / stretch.Seconds()
}

// each returns the number of requests of one poll.
func (p *phase) each() float64 { return float64(p.total()) / float64(max(1, p.polls)) }

// sound returns an error if a reference was wrong, or the value of a secret was requested.
func (p *phase) sound() error {
	switch {
	case len(p.wrong) > 0:
		return fmt.Errorf("%s: %d mistakes, the first: %s", p.name, len(p.wrong), p.wrong[0])
	case p.sent[value] > 0:
		return fmt.Errorf("%s: %d requests for the value of a secret", p.name, p.sent[value])
	case p.polls == 0:
		return fmt.Errorf("%s: no agent asked Vault", p.name)
	}
	return nil
}
