package db

import (
	"errors"

	"cert-health/hub/internal/inventory"
)

// saveReports saves those that are newer than the ones before, and notes at the others why they are not saved.
func (c *change) saveReports(batch []*pending) error {
	number, err := c.number() // from here on no other changes the reports
	if err != nil {
		return err
	}
	known, err := c.reportings(batch)
	if err != nil {
		return err
	}
	newer := map[string]*pending{}
	for _, p := range batch {
		name := string(p.report.Key)
		if p.err = p.compare(known[name]); errors.Is(p.err, errSame) && newer[name] == nil && !c.intact(name) {
			p.err = nil // the row is damaged, and healed so
		}
		if p.err == nil {
			known[name], newer[name] = &p.report.Reporting, p
		}
	}
	if len(newer) == 0 {
		return errSame
	}
	return c.insertReports(newer, number)
}

// compare compares a report with the one before, if there is one.
func (p *pending) compare(before *inventory.Reporting) error {
	switch {
	case before == nil:
		if p.report.First.IsZero() {
			p.report.First = p.report.Received
		}
		return nil
	case before.Sequence == p.report.Sequence && before.Digest == p.report.Digest:
		return errSame
	case !p.report.Sequence.Newer(before.Sequence):
		return ErrOlder
	}
	p.report.First = before.First
	return nil
}

func (c *change) insertReports(newer map[string]*pending, number int64) error {
	var reports, pulses [][]any
	for name, p := range newer {
		head, err := encodeHead(p.report)
		if err != nil {
			return err
		}
		reports = append(reports, []any{name, head, p.report.Report, stamp(p.report.Gone), false, number})
		pulses = append(pulses, []any{name, stamp(p.report.Received), 0, number})
	}
	if err := c.bulk("INSERT INTO reports (instance, head, report, gone, removed, seq) VALUES", `ON CONFLICT (instance) DO UPDATE SET
		head = excluded.head, report = excluded.report, gone = excluded.gone, removed = FALSE, seq = excluded.seq`, reports); err != nil {
		return err
	}
	return c.bulk("INSERT INTO pulses (instance, at, scanned, seq) VALUES", "ON CONFLICT (instance) DO UPDATE SET at = excluded.at, seq = excluded.seq", pulses)
}

// intact tells whether the report of an instance is as it was written.
func (c *change) intact(instance string) bool {
	var head string
	var report []byte
	err := c.tx.QueryRowContext(c.ctx, "SELECT head, report FROM reports WHERE instance = $1", instance).Scan(&head, &report)
	if err == nil {
		_, err = decodeReport(instance, head, report)
	}
	return err == nil
}

// reportings are what is kept of the instances of a batch. One that cannot be read is left out.
func (c *change) reportings(batch []*pending) (known map[string]*inventory.Reporting, err error) {
	known = make(map[string]*inventory.Reporting, len(batch))
	var names []any
	for _, p := range batch {
		names = append(names, string(p.report.Key))
	}
	rows, err := c.tx.QueryContext(c.ctx, "SELECT instance, head FROM reports WHERE NOT removed AND instance IN"+placeholders(1, len(names)), names...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var instance, head string
		if err := rows.Scan(&instance, &head); err != nil {
			return nil, err
		}
		if h, err := decodeHead(instance, head); err == nil {
			known[instance] = &h.Reporting
		}
	}
	return known, rows.Err()
}
