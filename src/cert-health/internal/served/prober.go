package served

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"cert-health/internal/handshake"
)

// Prober probes listeners for their certificates, repeatedly. It remembers the protocol of
// each socket, the time of the last probe, and the chains that were served. It is not safe
// for concurrent use.
type Prober struct {
	options Options
	known   map[identity]*record
	plain   plainPorts
	left    map[string]int // sockets that stayed due in the last call of Probe, by job
}

// record is what is known about a socket.
type record struct {
	result     Result
	unanswered int // probes without an answer, while none has had one
	// names are the server names that were tried, and whether the server has a certificate
	// for that name only.
	names map[string]bool
}

// NewProber returns a prober that has not probed anything yet.
func NewProber(options Options) *Prober {
	return &Prober{options: options.withDefaults(), known: map[identity]*record{}, plain: plainPorts{}}
}

// Probe probes the listeners that are due, and returns what is known about each, in their
// order. Listeners that are not in the list any more are forgotten. When ctx ends, those
// that were not probed stay due, and so do those for which there was no time. No connection is
// open after Probe has returned.
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
				options: &p.options, record: r, job: listener.Owner.Job, inode: listener.Inode,
				names: p.options.Names(listener.Owner.Job), targets: targets(listener.Socket, sockets),
			})
		}
	}
	p.known = known
	l := newLook(&p.options, due)
	l.run(ctx, func() { p.options.Known(p.results(listeners)) })
	p.left = l.left()
	return p.results(listeners)
}

func (p *Prober) results(listeners []Listener) []Result {
	results := make([]Result, len(listeners))
	for i, listener := range listeners {
		results[i] = p.known[listener.identity()].result
		p.plain.note(results[i])
	}
	return results
}

// Left counts the sockets that stayed due in the last call of Probe, by job: those that it did not
// begin to probe, and those whose probe its end cut short.
func (p *Prober) Left() map[string]int { return p.left }

// record returns the record of a listener, with its present owner.
func (p *Prober) record(l Listener) *record {
	r := p.known[l.identity()]
	excluded := p.options.excluded(l)
	if r == nil || (excluded != "") != (r.result.Protocol == Excluded) {
		r = &record{result: Result{Address: l.Address, inode: l.Inode, Owner: l.Owner, Protocol: Unknown}, names: map[string]bool{}}
		p.plain.recall(&r.result, p.options.Now())
	}
	r.result.Owner = l.Owner
	if excluded != "" {
		r.result.Protocol, r.result.Err = Excluded, excluded
	}
	return r
}

// due tells whether a socket has to be probed now.
func (p *Prober) due(r *record) bool {
	switch {
	case r.result.Protocol == Excluded, r.result.Protocol == Plain, r.unanswered >= maxUnanswered:
		return false
	}
	if r.result.ProbedAt.IsZero() {
		return true
	}
	passed := p.options.Now().Sub(r.result.ProbedAt)
	return passed >= p.options.Interval && (passed >= p.options.Rest || !p.options.UpToDate(r.result))
}

// update records the outcome of a probe. Only another proven answer replaces a proven one. A server
// that fails, or that offers no TLS, still serves what it has loaded as far as anybody has seen, and
// is probed again after the interval.
func (r *record) update(at time.Time, o outcome) {
	r.result.ProbedAt, r.result.Err = at, ""
	switch {
	case len(o.chains) > 0 && proven(r.result.Chains) && !proven(o.chains):
		o = outcome{protocol: o.protocol, err: errUnproven}
	case len(o.chains) == 0 && o.err == nil && r.result.Protocol.Encrypted():
		o.err = errPlain
	}
	partly := o.nameErr != nil && len(r.result.Chains) > 0 // the earlier answer has more chains
	if !partly && (len(o.chains) > 0 || o.err == nil) {
		r.result.Chains, r.result.SeenAt = o.chains, at
	}
	if o.protocol != Unknown && !(o.protocol == Plain && r.result.Protocol.Encrypted()) {
		r.result.Protocol = o.protocol
	}
	switch {
	case o.nameErr != nil:
		r.result.Err = handshake.Reason(o.nameErr)
	case len(o.chains) > 0, r.result.Protocol == Plain:
	case o.err != nil:
		r.result.Err = handshake.Reason(o.err)
	}
	if r.result.Protocol != Unknown {
		r.unanswered = 0
		return
	}
	if r.unanswered++; r.unanswered == maxUnanswered {
		r.result.Err = fmt.Sprintf("%s, %d times: it is not probed again", r.result.Err, maxUnanswered)
	}
}

var errPlain = errors.New("it does not offer TLS any more")

var errUnproven = errors.New("it did not prove that it has the private key of the certificate that it sent")

// proven tells whether the server proved that it has the key of a chain.
func proven(chains []Chain) bool {
	return slices.ContainsFunc(chains, func(c Chain) bool { return c.Proven })
}
