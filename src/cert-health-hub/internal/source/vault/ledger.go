package vault

import (
	"context"
	"slices"
	"strings"
	"time"

	"cert-health/hub/internal/inventory"
	"cert-health/internal/cert"
)

// ledger collects what one PKI engine has issued, to find out what is history.
type ledger struct {
	*pass
	mount   string
	revoked map[string]bool
	listed  bool // revoked is known

	entries []entry
}

// entry is an issued certificate and its item.
type entry struct {
	item inventory.Item
	*cert.Certificate
}

// certificate reads a certificate, or repeats what is known of it.
func (l *ledger) certificate(ctx context.Context, path string) error {
	e, known := l.repeated(path)
	if !known {
		var a answer
		if err := l.client.Get(ctx, path, &a); err != nil {
			return err
		}
		c, err := a.certificate()
		if err != nil {
			return err
		}
		e = entry{a.item(path, "issued", c), c}
	}
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.entries = append(l.entries, e)
	return nil
}

// repeated returns what is known of a certificate, unless it was revoked since.
func (l *ledger) repeated(path string) (entry, bool) {
	item, known := l.known.Item(path)
	if !known || len(item.Sightings) != 1 {
		return entry{}, false
	}
	serial := plain(path[strings.LastIndexByte(path, '/')+1:])
	if l.listed && l.revoked[serial] != (item.Version == revoked) {
		return entry{}, false
	}
	held, known := l.pass.known.Certificate(item.Sightings[0].Certificate)
	if !known || held.Certificate == nil {
		return entry{}, false
	}
	item.Sightings = slices.Clone(item.Sightings) // close may change it
	return entry{item, held.Certificate}, true
}

// waiting is how long after its end a certificate without a successor still counts as in use.
const waiting = 30 * 24 * time.Hour

// close adds the certificates as items. The list of an engine is a journal: it does not say what is
// still in use. A certificate is history if the engine issued one with the same names later, or if
// it ended long ago and none came after it.
func (l *ledger) close() {
	newest := map[cert.IdentityDigest]time.Time{}
	for _, e := range l.entries {
		if identity := e.IdentityDigest(); e.item.Version != revoked && e.NotBefore.After(newest[identity]) {
			newest[identity] = e.NotBefore
		}
	}
	over := l.now().Add(-waiting)
	for _, e := range l.entries {
		if e.item.Version != revoked {
			state := inventory.Current
			if !e.CA && e.NotBefore.Before(newest[e.IdentityDigest()]) || e.NotAfter.Before(over) {
				state = inventory.Previous
			}
			e.item.Sightings[0].State = state
		}
		l.add(e.item, e.Certificate)
	}
}

// now is the clock of the client.
func (s *source) now() time.Time {
	if s.options.Client.Now == nil {
		return time.Now()
	}
	return s.options.Client.Now()
}
