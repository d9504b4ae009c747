package ingest

import (
	"slices"
	"sync"
	"time"

	"cert-health/hub/internal/db"
	"cert-health/hub/internal/inventory"
	"cert-health/internal/uplink"
)

// book is what is known of all stored reports: enough to answer heartbeats.
type book struct {
	quiet time.Duration // without a sign of life for so long, an instance is silent

	mutex    sync.Mutex
	loaded   bool
	sequence int64 // of the database
	heads    map[inventory.InstanceKey]*head
	voices   map[string]inventory.InstanceKey // whom a sender spoke for last
	// since is when the hub began to hear of all signs of life, or was last in doubt about that: no
	// instance counts as silent because the hub or its database was away.
	since time.Time
}

// head is what is known of one report.
type head struct {
	digest   string
	sequence uplink.Sequence
	voice    string
	former   [2]string // boots of earlier reports, the last one first
	heard    time.Time // of the agent, by any hub
}

func newBook(interval time.Duration) *book {
	return &book{
		quiet: uplink.SilentAfter * interval,
		heads: map[inventory.InstanceKey]*head{}, voices: map[string]inventory.InstanceKey{},
	}
}

func (b *book) ready() bool {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.loaded
}

func (b *book) number() int64 {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.sequence
}

// doubt notes that signs of life may have been lost.
func (b *book) doubt(now time.Time) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.since = now
}

// beat takes a heartbeat, and tells whether its report is stored.
func (b *book) beat(key inventory.InstanceKey, digest string, now time.Time) bool {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	h := b.heads[key]
	if h == nil {
		return false
	}
	h.heard = now
	return h.digest == digest
}

// former tells whether a report is of a boot before that of the stored one: it was under way for long. After
// a restart of the hub that is not known; then the next heartbeat corrects it.
func (b *book) former(key inventory.InstanceKey, sequence uplink.Sequence) bool {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	h := b.heads[key]
	return h != nil && slices.Contains(h.former[:], sequence.Boot)
}

// stored takes a report that this hub has stored. It returns who sent the one before; empty for a first one.
func (b *book) stored(r inventory.Reporting) (before string) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if h := b.heads[r.Key]; h != nil {
		before = h.voice
	}
	b.take(r, r.Received)
	return before
}

// lacks tells whether a report is not the one that is known: another hub has stored it.
func (b *book) lacks(r inventory.Reporting) bool {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	h := b.heads[r.Key]
	return h == nil || h.digest != r.Digest || h.sequence != r.Sequence
}

// apply takes what the database has.
func (b *book) apply(fleet db.Fleet, changed []inventory.Reporting, now time.Time) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	earlier := b.heads
	if fleet.Whole {
		b.heads, b.voices = make(map[inventory.InstanceKey]*head, len(changed)), make(map[string]inventory.InstanceKey, len(changed))
	}
	for _, r := range changed {
		if h := earlier[r.Key]; fleet.Whole && h != nil && h.sequence == r.Sequence {
			b.heads[r.Key] = h
		}
		b.take(r, r.Received)
	}
	for _, p := range fleet.Pulses {
		if h := b.heads[p.Key]; h != nil && (p.At.After(h.heard) || h.heard.Sub(p.At) > inventory.SetBack) {
			h.heard = p.At
		}
	}
	for _, key := range fleet.Gone {
		if h := b.heads[key]; h != nil && b.voices[h.voice] == key {
			delete(b.voices, h.voice)
		}
		delete(b.heads, key)
	}
	if b.sequence = fleet.Sequence; !b.loaded {
		b.loaded, b.since = true, now
	}
}

// take replaces what is known of a report, unless a newer one is known.
func (b *book) take(r inventory.Reporting, heard time.Time) {
	voice := r.Client + " at " + r.Peer
	next := &head{digest: r.Digest, sequence: r.Sequence, voice: voice, heard: heard}
	if h := b.heads[r.Key]; h != nil {
		if !r.Sequence.Newer(h.sequence) && r.Sequence != h.sequence || slices.Contains(h.former[:], r.Sequence.Boot) {
			return
		}
		if next.former = h.former; h.sequence.Boot != r.Sequence.Boot {
			next.former = [2]string{h.sequence.Boot, h.former[0]}
		}
		if h.heard.After(heard) {
			next.heard = h.heard
		}
		if h.voice != voice && b.voices[h.voice] == r.Key {
			delete(b.voices, h.voice)
		}
	}
	b.heads[r.Key], b.voices[voice] = next, r.Key
}
