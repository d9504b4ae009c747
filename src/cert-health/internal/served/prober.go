package served

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// Prober asks listeners for their certificates, again and again, and remembers of each
// socket what it is, when it was last asked and what it showed. It is not safe for
// concurrent use.
type Prober struct {
	options Options
	known   map[identity]*record
}

// record is what is known of a socket.
type record struct {
	result Result
	silent int // probes that told nothing, when none has told anything
	// names are the server names that were tried, and whether each showed a certificate
	// that is not shown without it.
	names map[string]bool
}

// NewProber returns a prober that knows nothing yet.
func NewProber(options Options) *Prober {
	return &Prober{options: options.withDefaults(), known: map[identity]*record{}}
}

// Probe probes the listeners that are due and returns what is known of each, in their
// order. What is not among them any more is forgotten. When ctx ends, those that were
// not reached stay due; everything that was begun has ended when Probe returns.
func (p *Prober) Probe(ctx context.Context, listeners []Listener) []Result {
	sockets := make([]Socket, len(listeners))
	for i, listener := range listeners {
		sockets[i] = listener.Socket
	}
	known := make(map[identity]*record, len(listeners))
	var due []*visit
	for _, listener := range listeners {
		if known[listener.identity()] != nil {
			continue
		}
		r := p.record(listener)
		known[listener.identity()] = r
		if p.due(r) {
			due = append(due, &visit{
				options: &p.options, record: r, names: p.options.Names(listener.Owner.Job), targets: targets(listener.Socket, sockets),
			})
		}
	}
	p.known = known
	p.visit(ctx, due)
	results := make([]Result, len(listeners))
	for i, listener := range listeners {
		results[i] = known[listener.identity()].result
	}
	return results
}

// record is the listener's, with its owner as it is now.
func (p *Prober) record(l Listener) *record {
	r := p.known[l.identity()]
	untouched := p.options.untouched(l)
	if r == nil || (untouched != "") != (r.result.Protocol == Untouched) {
		r = &record{result: Result{Address: l.Address, Protocol: Unknown}, names: map[string]bool{}}
	}
	r.result.Owner = l.Owner
	if untouched != "" {
		r.result.Protocol, r.result.Err = Untouched, untouched
	}
	return r
}

// due tells whether it is time to ask a socket, for the first time or again.
func (p *Prober) due(r *record) bool {
	switch {
	case r.result.Protocol == Untouched, r.result.Protocol == Plain, r.silent >= maxSilent:
		return false
	}
	if r.result.ProbedAt.IsZero() {
		return true
	}
	passed := p.options.Now().Sub(r.result.ProbedAt)
	return passed >= p.options.Interval && (passed >= p.options.Rest || !p.options.UpToDate(r.result))
}

// visit makes the visits, so many at once, and waits for all of them.
func (p *Prober) visit(ctx context.Context, due []*visit) {
	queue := make(chan *visit)
	var workers sync.WaitGroup
	for range min(p.options.Concurrency, len(due)) {
		workers.Go(func() {
			for v := range queue {
				v.run(ctx)
			}
		})
	}
	for _, v := range due {
		select {
		case queue <- v:
		case <-ctx.Done():
		}
	}
	close(queue)
	workers.Wait()
}

// book takes down what a probe saw. Of an answer that was understood once, a failure
// takes nothing away: the server is asked again after the interval.
func (r *record) book(at time.Time, o outcome) {
	r.result.ProbedAt, r.result.Err = at, ""
	partly := o.lost != nil && len(r.result.Shown) > 0 // what it showed before is more
	if !partly && (len(o.shown) > 0 || o.err == nil) {
		r.result.Shown, r.result.SeenAt = o.shown, at
	}
	if o.protocol != Unknown && !(o.protocol == Plain && r.result.Protocol.encrypted()) {
		r.result.Protocol = o.protocol
	}
	switch {
	case o.lost != nil:
		r.result.Err = reason(o.lost)
	case len(o.shown) > 0, r.result.Protocol == Plain:
	case o.err != nil:
		r.result.Err = reason(o.err)
	default:
		r.result.Err = "it offers no TLS any more"
	}
	if r.result.Protocol != Unknown {
		r.silent = 0
		return
	}
	if r.silent++; r.silent == maxSilent {
		r.result.Err = fmt.Sprintf("%s, %d times: it is left alone", r.result.Err, maxSilent)
	}
}
