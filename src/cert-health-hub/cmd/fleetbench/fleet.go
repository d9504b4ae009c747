package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"

	"cert-health/internal/report"
)

const (
	senders = 64          // requests that are sent at once
	retry   = time.Second // the pause before a request that failed is sent again
)

// fleet are all agents.
type fleet struct {
	agents   []*agent
	template report.Report
}

func newFleet(vms int, address string, keys *keys) *fleet {
	f := &fleet{template: template(time.Now())}
	for number := range vms {
		f.agents = append(f.agents, newAgent(number, address, keys))
	}
	return f
}

// tally is what came of many requests.
type tally struct {
	times   []time.Duration
	failed  int // requests that were sent again
	asked   int // heartbeats that the hub answered by asking for the whole report
	resumed int // TLS sessions
	err     error
}

// within is the time within which so many percent of the requests had an answer.
func (t tally) within(percent int) time.Duration {
	if len(t.times) == 0 {
		return 0
	}
	return t.times[(len(t.times)-1)*percent/100]
}

// spread does something for each agent, each at its own time within a period.
func (f *fleet) spread(ctx context.Context, period time.Duration, do func(*agent) (asked bool, err error)) (t tally) {
	var group sync.WaitGroup
	var mutex sync.Mutex
	next := make(chan *agent)
	for range senders {
		group.Go(func() {
			for a := range next {
				started := time.Now()
				asked, failed, err := again(ctx, a, do)
				mutex.Lock()
				t.times, t.failed, t.err = append(t.times, time.Since(started)), t.failed+failed, errors.Join(t.err, err)
				t.asked += one(asked)
				t.resumed += one(a.resumed)
				mutex.Unlock()
			}
		})
	}
	began := time.Now()
	for n, a := range f.agents {
		select {
		case <-time.After(time.Until(began.Add(period * time.Duration(n) / time.Duration(len(f.agents))))):
			next <- a
		case <-ctx.Done():
		}
	}
	close(next)
	group.Wait()
	select {
	case <-time.After(time.Until(began.Add(period))):
	case <-ctx.Done():
		t.err = errors.Join(t.err, ctx.Err())
	}
	slices.Sort(t.times)
	return t
}

func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// again tries until it succeeds.
func again(ctx context.Context, a *agent, do func(*agent) (bool, error)) (asked bool, failed int, err error) {
	ctx, cancel := context.WithTimeout(ctx, 3*patience)
	defer cancel()
	for {
		if asked, err = do(a); err == nil {
			return asked, failed, nil
		}
		failed++
		select {
		case <-time.After(retry):
		case <-ctx.Done():
			return asked, failed, fmt.Errorf("an agent gave up: %w", err)
		}
	}
}

// prepare makes the first reports of all, so that their making is not measured.
func (f *fleet) prepare() error {
	for _, a := range f.agents {
		if err := a.prepare(f.template, a.generation); err != nil {
			return err
		}
	}
	return nil
}

// flood sends the first reports of all agents as fast as it can, with new TLS sessions.
func (f *fleet) flood(ctx context.Context) error {
	return f.spread(ctx, 0, func(a *agent) (bool, error) { return false, a.send(ctx) }).err
}

// heartbeats lets each agent send one heartbeat within a period.
func (f *fleet) heartbeats(ctx context.Context, period time.Duration) tally {
	return f.spread(ctx, period, func(a *agent) (bool, error) {
		return a.beat(ctx, func() error { return a.prepare(f.template, a.generation) })
	})
}

// rotate lets each agent send a report with renewed certificates within a period.
func (f *fleet) rotate(ctx context.Context, period time.Duration) tally {
	return f.spread(ctx, period, func(a *agent) (bool, error) {
		if err := a.prepare(f.template, a.generation+1); err != nil {
			return false, err
		}
		return false, a.send(ctx)
	})
}

// waitFor waits until something listens.
func (f *fleet) waitFor(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", f.agents[0].address)
		if err == nil {
			return conn.Close()
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return fmt.Errorf("nothing listens at %s: %w", f.agents[0].address, err)
		}
	}
}

// free is an address that nothing listens on.
func free() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}
