package fleet

import (
	"context"
	"fmt"
	"math"
	"sync"
	"time"

	"cert-health/internal/cert"
	"cert-health/internal/vault/client"
)

// quotaFor is the part of a start that is repeated in real time with the quota.
const quotaFor = 30 * time.Second

// tried is the result.
type tried struct {
	rate int // requests a second that Vault permits
	vms  int
	phase
	longest time.Duration // of one poll
	again   int           // polls after which references were missing
	open    int           // references that are missing at the end
}

// mostPolls is the largest number of polls until a VM has all references. pause replaces the ten
// minutes between polls.
const (
	mostPolls = 3
	pause     = 5 * time.Second
)

// quota sets the projected quota, scaled to this fleet, and repeats the busiest part of the start
// in real time and at the real pace. No other period has a higher rate, and a smaller fleet has a
// less even load.
func (s *simulation) quota(ctx context.Context, r *report) error {
	r.quota.rate = quotaOf(r.start)
	_, err := s.server.Client.Logical().WriteWithContext(ctx, "sys/quotas/rate-limit/cert-health",
		map[string]any{"path": "secret", "rate": r.quota.rate})
	if err != nil {
		return err
	}
	q := &r.quota
	q.name, q.began, q.long = "a start under a quota", time.Now(), quotaFor
	begin, vms := s.crowd()
	for _, v := range vms {
		if err := v.start(client.Options{Rate: rate}); err != nil {
			return err
		}
	}
	q.vms = len(vms)
	var group sync.WaitGroup
	for _, v := range vms {
		group.Go(func() { q.first(ctx, v, v.place()-begin) })
	}
	group.Wait()
	if q.open > 0 {
		return fmt.Errorf("under a quota of %d requests a second %d references are unknown", q.rate, q.open)
	}
	return q.sound()
}

// crowd returns the part of a start in which most VMs poll.
func (s *simulation) crowd() (begin time.Duration, vms []*vm) {
	for _, first := range s.vms {
		var near []*vm
		for _, v := range s.vms {
			if after := v.place() - first.place(); after >= 0 && after < quotaFor {
				near = append(near, v)
			}
		}
		if len(near) > len(vms) {
			begin, vms = first.place(), near
		}
	}
	return begin, vms
}

// first waits until a VM is due, and lets it poll.
func (q *tried) first(ctx context.Context, v *vm, due time.Duration) {
	wait(ctx, due)
	for poll := 1; ctx.Err() == nil; poll++ {
		now := time.Now()
		a := v.ask(ctx, now, cert.Current)
		q.book(now, a)
		if q.done(a, poll, time.Since(now)) {
			return
		}
		wait(ctx, pause)
	}
}

func wait(ctx context.Context, long time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(long):
	}
}

// done records the end of a poll, and tells whether it was the last one.
func (q *tried) done(a asked, poll int, took time.Duration) bool {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	q.longest = max(q.longest, took)
	switch {
	case a.delayed == 0 && !a.unavailable:
		return true
	case poll == mostPolls:
		q.open += a.delayed
		return true
	}
	q.again++
	return false
}

// quotaOf returns the quota for a start of all VMs: a quarter more than the rate of the busiest half
// minute, rounded up. It includes log-ins, to which the quota does not apply.
func quotaOf(start *phase) int {
	return int(math.Ceil(start.busiest(quotaFor)*1.25/10)) * 10
}
