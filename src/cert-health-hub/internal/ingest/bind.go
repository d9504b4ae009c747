package ingest

import (
	"time"

	"cert-health/hub/internal/inventory"
)

// mostBound bounds the instances where no Director lists them.
const mostBound = 100_000

// bound tells whether the last report of an instance came from a sender.
func (b *book) bound(key inventory.InstanceKey, voice string) bool {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	h := b.heads[key]
	return h != nil && h.voice == voice
}

// bind tells why a sender may not speak for an instance; nil if it may. Who sends the first report of an
// instance is bound to it. While an agent speaks, its instance belongs to no other sender, and it speaks for no
// other one.
func (b *book) bind(key inventory.InstanceKey, voice string, now time.Time) *objection {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	h := b.heads[key]
	if h != nil && h.voice != voice && !b.silent(h, now) {
		return &objection{
			"another address or client certificate speaks for " + string(key) + "; after a change of its own, wait until the hub counts the instance as silent",
			"it belongs to " + h.voice,
		}
	}
	if other := b.voices[voice]; other != "" && other != key && !b.silent(b.heads[other], now) {
		return &objection{
			"this address and client certificate speak for " + string(other) + "; where a balancer or a translation of addresses stands before the hub, configure agents.proxies or a source of type director",
			"that sender speaks for " + string(other),
		}
	}
	if h == nil && len(b.heads) >= mostBound {
		return &objection{"the hub knows too many instances: give it a source of type director", "there are too many instances"}
	}
	return nil
}

func (b *book) silent(h *head, now time.Time) bool {
	last := h.heard
	if b.since.After(last) || last.Sub(now) > inventory.SetBack { // the time is that of a clock which was set back
		last = b.since
	}
	return now.Sub(last) > b.quiet
}
