package db

import (
	"context"
	"errors"
	"slices"
	"sync"
)

// The bounds of what one transaction saves.
const (
	mostReports      = 64
	mostReportsBytes = 8 << 20
)

// saving are the reports that wait to be saved. A disk or a server takes milliseconds for each
// transaction, so that one transaction takes all that came during the one before.
type saving struct {
	turn chan struct{} // holds a value while one saves

	mutex   sync.Mutex
	waiting []*pending
}

// pending is a report that is to be saved.
type pending struct {
	report StoredReport
	err    error         // valid when done is closed
	done   chan struct{} // closed when it was saved, or failed
}

func newSaving() *saving { return &saving{turn: make(chan struct{}, 1)} }

// save waits until another call has saved the report, or saves it with those that wait too.
func (s *saving) save(ctx context.Context, d *DB, p *pending) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	s.mutex.Lock()
	s.waiting = append(s.waiting, p)
	s.mutex.Unlock()
	for {
		select {
		case <-p.done:
			return p.err
		case <-ctx.Done():
			s.withdraw(p)
			return ctx.Err()
		case s.turn <- struct{}{}:
			s.commit(ctx, d)
			<-s.turn
		}
	}
}

// withdraw takes out a report that no call saves yet.
func (s *saving) withdraw(p *pending) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.waiting = slices.DeleteFunc(s.waiting, func(other *pending) bool { return other == p })
}

// next are the reports of the next transaction, those that have waited longest.
func (s *saving) next() (batch []*pending) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	size := 0
	for _, p := range s.waiting {
		if size += len(p.report.Report); len(batch) == mostReports || len(batch) > 0 && size > mostReportsBytes {
			break
		}
		batch = append(batch, p)
	}
	s.waiting = slices.Clone(s.waiting[len(batch):])
	return batch
}

// commit saves some reports in one transaction. It does not end with the context of the caller, because
// it is also for others.
func (s *saving) commit(ctx context.Context, d *DB) {
	batch := s.next()
	if len(batch) == 0 {
		return
	}
	err := d.writeIn(context.WithoutCancel(ctx), fleet, "save reports", func(c *change) error { return c.saveReports(batch) })
	for _, p := range batch {
		switch {
		case err != nil && !errors.Is(err, errSame):
			p.err = errors.Unwrap(err)
		case errors.Is(p.err, errSame):
			p.err = nil
		}
		close(p.done)
	}
}
