package db

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"cert-health/hub/internal/inventory"
)

// Fleet is what has changed of the fleet, beside the reports.
type Fleet struct {
	// Sequence is the number of the last change that is in it.
	Sequence int64
	// Whole tells that it is everything, and replaces what was known before: an instance whose report
	// did not come is no longer there.
	Whole  bool
	Pulses []inventory.Pulse
	// Gone are the instances that were removed. It is empty if Fleet is whole.
	Gone []inventory.InstanceKey
}

// FleetSince calls a function with each report that has changed after the change of that number, one
// at a time, and returns what else has changed. It gives everything if that is so long ago that the
// database has forgotten what was removed since, and for a number that the database has not reached.
// An error of the function ends it. Then the next call begins with the same number.
func (d *DB) FleetSince(ctx context.Context, sequence int64, each func(StoredReport) error) (Fleet, error) {
	return d.FleetHeads(ctx, sequence, func(inventory.Reporting) bool { return true }, each)
}

// FleetHeads is FleetSince without the bytes of the reports that are not wanted. If it gives everything, it
// has all bytes, because each report is checked for damage then.
func (d *DB) FleetHeads(ctx context.Context, sequence int64, want func(inventory.Reporting) bool, each func(StoredReport) error) (changed Fleet, err error) {
	var refused error
	err = d.read(ctx, "read reports", func(ctx context.Context, tx *sql.Tx) error {
		r := &reader{ctx: ctx, tx: tx, db: d}
		changed = r.fleet(sequence, want, func(report StoredReport) error {
			refused = each(report)
			return refused
		})
		return r.err
	})
	switch {
	case refused != nil:
		return Fleet{}, refused
	case err != nil:
		return Fleet{}, err
	}
	return changed, nil
}

func (r *reader) fleet(after int64, want func(inventory.Reporting) bool, each func(StoredReport) error) (f Fleet) {
	f.Sequence, f.Whole = r.begin(after, "fleet", "fleet_floor")
	if f.Whole {
		r.reports(each)
	} else {
		r.removed(&f)
		r.heads(want, each)
	}
	r.rows("SELECT instance, at, scanned FROM pulses WHERE seq > $1", func(rows *sql.Rows) error {
		var instance string
		var at, scanned int64
		err := rows.Scan(&instance, &at, &scanned)
		f.Pulses = append(f.Pulses, inventory.Pulse{Key: inventory.InstanceKey(instance), At: moment(at), Scanned: moment(scanned)})
		return err
	})
	return f
}

// removed are the instances that were removed. The query sorts nothing: SQLite would read the whole table
// in that order, and not the part of it that has changed.
func (r *reader) removed(f *Fleet) {
	r.rows("SELECT instance FROM reports WHERE seq > $1 AND removed", func(rows *sql.Rows) error {
		var instance string
		err := rows.Scan(&instance)
		f.Gone = append(f.Gone, inventory.InstanceKey(instance))
		return err
	})
	slices.Sort(f.Gone)
}

// reports are read one after the other, in no order: sorted, all would be held in memory.
func (r *reader) reports(each func(StoredReport) error) {
	r.rows("SELECT instance, head, report, gone FROM reports WHERE seq > $1 AND NOT removed", r.intact(each))
}

// intact calls a function with the report of a row, unless it is damaged.
func (r *reader) intact(each func(StoredReport) error) func(*sql.Rows) error {
	return func(rows *sql.Rows) error {
		report, err := r.report(rows)
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		return each(report)
	}
}

// heads reads first what is beside the reports, and then those reports that are wanted.
func (r *reader) heads(want func(inventory.Reporting) bool, each func(StoredReport) error) {
	var wanted []any
	r.rows("SELECT instance, head, gone FROM reports WHERE seq > $1 AND NOT removed", func(rows *sql.Rows) error {
		var instance, text string
		var gone int64
		if err := rows.Scan(&instance, &text, &gone); err != nil {
			return err
		}
		head, err := decodeHead(instance, text)
		if err != nil {
			r.unreadable("reports", instance, err)
			return nil
		}
		if head.Gone = moment(gone); want(head.Reporting) {
			wanted = append(wanted, instance)
			return nil
		}
		return each(StoredReport{Reporting: head.Reporting})
	})
	for some := range slices.Chunk(wanted, atOnce) {
		r.each("SELECT instance, head, report, gone FROM reports WHERE NOT removed AND instance IN"+placeholders(1, len(some)), some, r.intact(each))
	}
}

// report is a row: ErrNotFound if its content is damaged. The agent sends the report again, as its
// digest is not known then.
func (r *reader) report(row interface{ Scan(...any) error }) (report StoredReport, err error) {
	var instance, head string
	var contents []byte
	var gone int64
	if err := row.Scan(&instance, &head, &contents, &gone); err != nil {
		return StoredReport{}, err
	}
	if report, err = decodeReport(instance, head, contents); err != nil {
		r.unreadable("reports", instance, err)
		return StoredReport{}, ErrNotFound
	}
	report.Gone = moment(gone)
	return report, nil
}

// Report returns the newest report of an instance: ErrNotFound if there is none.
func (d *DB) Report(ctx context.Context, instance inventory.InstanceKey) (report StoredReport, err error) {
	err = d.read(ctx, "read report of "+string(instance), func(ctx context.Context, tx *sql.Tx) (err error) {
		r := &reader{ctx: ctx, tx: tx, db: d}
		report, err = r.report(tx.QueryRowContext(ctx, "SELECT instance, head, report, gone FROM reports WHERE instance = $1 AND NOT removed", key(string(instance))))
		return err
	})
	return report, err
}
