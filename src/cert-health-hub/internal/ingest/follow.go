package ingest

import (
	"context"
	"time"

	"cert-health/hub/internal/db"
	"cert-health/hub/internal/inventory"
)

const (
	rest   = time.Second      // between two looks at the database or the list, so that changes come together
	lookUp = 30 * time.Second // a notice of a change may be lost with a connection
	retry  = 5 * time.Second
)

// follow keeps the heads of all reports up to date: other hubs store reports too.
func (i *Intake) follow(ctx context.Context) {
	changes := i.options.Store.FleetChanges(ctx)
	for ctx.Err() == nil {
		wait := lookUp
		if err := i.sync(ctx); err == nil {
			i.well("reports of agents are not followed")
		} else if ctx.Err() == nil {
			i.book.doubt(i.clock.Now())
			i.fault("reports of agents are not followed", err)
			wait = retry
		}
		if pause(ctx, rest) {
			await(ctx, &changes, wait)
		}
	}
}

// await waits for a change.
func await(ctx context.Context, changes *<-chan int64, most time.Duration) {
	timer := time.NewTimer(most)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case _, open := <-*changes:
		if !open {
			*changes = nil // the context has ended
		}
	}
}

// pause waits, and tells whether to go on.
func pause(ctx context.Context, wait time.Duration) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// sync takes what is new in the database. Calls that come while one reads share the next reading: each
// has what the database held when it came.
func (i *Intake) sync(ctx context.Context) error {
	came := i.syncs.Load()
	i.syncing.Lock()
	defer i.syncing.Unlock()
	if i.syncs.Load() > came && i.syncErr == nil {
		return nil
	}
	i.syncs.Add(1)
	i.syncErr = i.readFleet(ctx)
	return i.syncErr
}

// readFleet reads the whole reports of other hubs, although it keeps their heads: one whose bytes have
// changed in the database does not come, and its agent sends it again. At the start it reads all.
func (i *Intake) readFleet(ctx context.Context) error {
	var changed []inventory.Reporting
	fleet, err := i.options.Store.FleetHeads(ctx, i.book.number(), i.book.lacks, func(r db.StoredReport) error {
		changed = append(changed, r.Reporting)
		return nil
	})
	if err != nil {
		return err
	}
	i.book.apply(fleet, changed, i.clock.Now())
	return nil
}

// read keeps the list of the Director up to date.
func (i *Intake) read(ctx context.Context) {
	changed := i.options.Roster.Watch(ctx)
	for {
		if list, known := i.options.Roster.Listed(); known {
			i.listings.set(list)
		}
		if !pause(ctx, rest) {
			return
		}
		timer := time.NewTimer(lookUp)
		select {
		case <-ctx.Done():
		case <-changed:
		case <-timer.C:
		}
		timer.Stop()
	}
}
