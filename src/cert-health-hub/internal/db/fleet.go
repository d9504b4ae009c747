package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"cert-health/hub/internal/inventory"
)

// ErrOlder says that a report is not newer than the one that is kept. Compare with errors.Is.
var ErrOlder = errors.New("a newer report of this instance is kept already")

// errSame ends a transaction that would change nothing.
var errSame = errors.New("it is kept already")

// StoredReport is the newest report of an instance.
type StoredReport struct {
	inventory.Reporting
	Report []byte // gzip of the report's JSON, as the agent sent it
}

// SaveReport keeps a report in place of an older one of the same instance: ErrOlder if it is not newer.
// The same report once more is no error. First stays that of the report before, if there is one. The
// report is a sign of life at its time Received too.
func (d *DB) SaveReport(ctx context.Context, report StoredReport) error {
	name := string(report.Key)
	if name == "" || key(name) != name {
		return fmt.Errorf("save report: the instance's name is not one of BOSH: send its deployment, group and id, together at most %d bytes", maxKey)
	}
	err := d.writeIn(ctx, fleet, "save report of "+name, func(c *change) error { return c.saveReport(report) })
	if errors.Is(err, errSame) {
		return nil
	}
	return err
}

func (c *change) saveReport(report StoredReport) error {
	number, err := c.number() // from here on no other changes the report
	if err != nil {
		return err
	}
	before, err := c.reporting(string(report.Key))
	switch {
	case errors.Is(err, ErrNotFound):
		if report.First.IsZero() {
			report.First = report.Received
		}
	case err != nil:
		return err
	case before.Sequence == report.Sequence && before.Digest == report.Digest:
		return errSame
	case !report.Sequence.Newer(before.Sequence):
		return ErrOlder
	default:
		report.First = before.First
	}
	head, err := encodeReporting(report.Reporting)
	if err != nil {
		return err
	}
	if err := c.exec(`INSERT INTO reports (instance, head, report, gone, removed, seq) VALUES ($1, $2, $3, $4, FALSE, $5)
		ON CONFLICT (instance) DO UPDATE SET head = excluded.head, report = excluded.report, gone = excluded.gone, removed = FALSE, seq = excluded.seq`,
		string(report.Key), head, report.Report, stamp(report.Gone), number); err != nil {
		return err
	}
	return c.exec(`INSERT INTO pulses (instance, at, scanned, seq) VALUES ($1, $2, 0, $3)
		ON CONFLICT (instance) DO UPDATE SET at = excluded.at, seq = excluded.seq`, string(report.Key), stamp(report.Received), number)
}

// reporting is what is kept of an instance: ErrNotFound if there is nothing, or nothing that can be read.
func (c *change) reporting(instance string) (inventory.Reporting, error) {
	var head string
	err := c.tx.QueryRowContext(c.ctx, "SELECT head FROM reports WHERE instance = $1 AND NOT removed", instance).Scan(&head)
	if errors.Is(err, sql.ErrNoRows) {
		return inventory.Reporting{}, ErrNotFound
	}
	if err != nil {
		return inventory.Reporting{}, err
	}
	reporting, err := decodeReporting(instance, head)
	if err != nil {
		return reporting, ErrNotFound
	}
	return reporting, nil
}

// encodeReporting leaves out what has columns of its own.
func encodeReporting(r inventory.Reporting) (string, error) {
	r.First, r.Received, r.Gone = moment(stamp(r.First)), moment(stamp(r.Received)), time.Time{}
	return encode(r)
}

func decodeReporting(instance, text string) (r inventory.Reporting, err error) {
	err = json.Unmarshal([]byte(text), &r)
	if err == nil && string(r.Key) != instance {
		err = errors.New("it names another instance")
	}
	return r, err
}
