package ingest

import (
	"context"
	"sync"
	"time"

	"cert-health/hub/internal/inventory"
)

// flushEvery is how often signs of life are saved.
const flushEvery = 2 * time.Second

// lastFlush bounds the time of the last flush, when the hub ends.
const lastFlush = 5 * time.Second

// pulses are signs of life that are not saved yet, the newest of each instance.
type pulses struct {
	mutex   sync.Mutex
	waiting map[inventory.InstanceKey]inventory.Pulse
}

func (p *pulses) add(all ...inventory.Pulse) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.waiting == nil {
		p.waiting = map[inventory.InstanceKey]inventory.Pulse{}
	}
	for _, one := range all {
		if known, found := p.waiting[one.Key]; !found || one.At.After(known.At) {
			p.waiting[one.Key] = one
		}
	}
}

func (p *pulses) take() []inventory.Pulse {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	all := make([]inventory.Pulse, 0, len(p.waiting))
	for _, one := range p.waiting {
		all = append(all, one)
	}
	p.waiting = nil
	return all
}

// flushAll saves signs of life until the context ends, and then once more.
func (i *Intake) flushAll(ctx context.Context) {
	for pause(ctx, flushEvery) {
		i.flush(ctx)
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastFlush)
	defer cancel()
	i.flush(last)
}

func (i *Intake) flush(ctx context.Context) {
	all := i.pulses.take()
	if len(all) == 0 {
		return
	}
	if err := i.options.Store.SavePulses(ctx, all); err != nil {
		i.pulses.add(all...)
		i.book.doubt(i.clock.Now())
		i.fault("heartbeats are not saved", err)
		return
	}
	i.well("heartbeats are not saved")
}
