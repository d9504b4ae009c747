package ingest

import (
	"context"
	"sync"
	"time"

	"cert-health/hub/internal/db"
	"cert-health/hub/internal/inventory"
)

const (
	quietFor    = time.Hour // at most one event of each instance in it
	mostRefused = 1000      // instances in that time with an event: who claims more gets no more
	mostWaiting = 100       // events that are not in the database yet
	askEvery    = time.Minute
	noteTimeout = 10 * time.Second
)

// refusals makes events of refused requests, few enough that they cannot fill the database.
type refusals struct {
	queue chan db.Event

	mutex sync.Mutex
	told  map[inventory.InstanceKey]time.Time
	asked time.Time
}

// refused makes an event. It tells whether it is time to ask the Director again.
func (r *refusals) refused(now time.Time, key inventory.InstanceKey, from *sender, no *objection) (ask bool) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.tell(now, key) {
		r.add(db.Event{At: now, Kind: "refused", Subject: string(key), Text: from.String() + " claimed to be " + string(key) + " and was refused: " + no.detail})
	}
	if ask = now.Sub(r.asked) >= askEvery; ask {
		r.asked = now
	}
	return ask
}

func (r *refusals) tell(now time.Time, key inventory.InstanceKey) bool {
	if last, found := r.told[key]; found && now.Sub(last) < quietFor {
		return false
	}
	for other, last := range r.told {
		if now.Sub(last) >= quietFor {
			delete(r.told, other)
		}
	}
	if len(r.told) >= mostRefused {
		return false
	}
	if r.told == nil {
		r.told = map[inventory.InstanceKey]time.Time{}
	}
	r.told[key] = now
	return true
}

// add keeps an event for the database. It waits for nothing.
func (r *refusals) add(event db.Event) {
	select {
	case r.queue <- event:
	default:
	}
}

// moved makes an event of an instance that another sender speaks for now.
func (i *Intake) moved(key inventory.InstanceKey, before, now string) {
	i.refusals.add(db.Event{At: i.clock.Now(), Kind: "moved", Subject: string(key),
		Text: string(key) + " was silent, and " + now + " speaks for it in place of " + before})
}

// notSaved is logged while the database refuses events.
const notSaved = "events of agents are not saved"

// note saves events until the context ends.
func (i *Intake) note(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case event := <-i.refusals.queue:
			i.log.Warn(event.Text)
			saving, cancel := context.WithTimeout(ctx, noteTimeout)
			if err := i.options.Store.AddEvent(saving, event); err != nil {
				i.fault(notSaved, err)
			} else {
				i.well(notSaved)
			}
			cancel()
		}
	}
}
