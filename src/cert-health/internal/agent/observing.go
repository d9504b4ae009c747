package agent

import (
	"context"
	"reflect"

	"cert-health/internal/check"
	"cert-health/internal/served"
)

// observing is the handshakes with the VM's processes.
type observing struct {
	observer     *check.Observer // nil if handshakes are disabled
	last         check.Observation
	observations chan observation
	running      bool
}

// observation is the result of an observer.
type observation struct {
	observer *check.Observer
	check.Observation
}

func newObserving() observing { return observing{observations: make(chan observation, 1)} }

// restart forgets what was observed and goes on with another observer.
func (o *observing) restart(observer *check.Observer) {
	o.observer, o.last = observer, check.Observation{}
}

// remember passes on which ports speak no TLS, and which processes were behind their files.
func (o *observing) remember(plain []served.PlainPort, behind []served.Kept) {
	if o.observer != nil {
		o.observer.Remember(plain)
		o.observer.Restore(behind)
	}
}

// observe shakes hands with the VM's processes, beside the loop. While a deploy is under
// way, files and processes differ anyway.
func (l *loop) observe(ctx context.Context) {
	o := &l.observing
	if o.running || o.observer == nil || l.scanning.deploying {
		return
	}
	o.running = true
	observer, deployed, earlier := o.observer, l.scanning.inventory.Deployed, l.memory.earlier()
	observer.Known = func(known check.Observation) {
		select {
		case o.observations <- observation{observer, known}:
		default: // the loop is busy: it gets the next one
		}
	}
	go func() { o.observations <- observation{observer, observer.Observe(ctx, deployed, earlier)} }()
}

// observed takes the result of the handshakes.
func (l *loop) observed(ctx context.Context, o observation) {
	l.observing.running = o.Partial
	if o.Partial {
		o.Plain, o.Kept, o.Partial = l.memory.plainPorts(), l.memory.behind(), false
		l.take(ctx, o)
		return
	}
	if ctx.Err() != nil {
		return // its list of processes may be incomplete
	}
	settled, ports := l.memory.settleArrivals(o.Earlier.Arrivals, o.Processes), l.memory.setServed(o.Plain, o.Kept)
	if settled || ports {
		l.memory.save()
	}
	l.take(ctx, o)
}

// take publishes an observation, if it is news.
func (l *loop) take(ctx context.Context, o observation) {
	if o.observer != l.observing.observer || ctx.Err() != nil || reflect.DeepEqual(o.Observation, l.observing.last) {
		return
	}
	l.observing.last = o.Observation
	l.judge(ctx)
}
