package db

import (
	"context"
	"database/sql"
	"math"
	"time"
)

// Event is something that happened, for people who want to know who did what.
type Event struct {
	ID      int64     `json:"id"`
	At      time.Time `json:"at"`
	Kind    string    `json:"kind"`
	Actor   string    `json:"actor"` // a person, or empty for the hub itself
	Subject string    `json:"subject"`
	Text    string    `json:"text"`
}

// These bound the texts of a row, in bytes.
const (
	maxName = 512
	maxText = 4 << 10
)

// maxEvents bounds the events that are kept: some 50 MB.
const maxEvents = 100_000

// mostEvents bounds what Events returns at once.
const mostEvents = 1000

// AddEvent keeps an event. It gets the next ID.
func (d *DB) AddEvent(ctx context.Context, e Event) error {
	return d.write(ctx, "add event", func(c *change) error {
		var id int64
		if err := c.tx.QueryRowContext(c.ctx, "UPDATE counters SET value = value + 1 WHERE name = 'event' RETURNING value").Scan(&id); err != nil {
			return err
		}
		return c.exec("INSERT INTO events (id, at, kind, actor, subject, text) VALUES ($1, $2, $3, $4, $5, $6)",
			id, stamp(e.At), plain(e.Kind, maxName), plain(e.Actor, maxName), plain(e.Subject, maxText), plain(e.Text, maxText))
	})
}

// Events returns the newest events first, those before an ID if it is not 0.
func (d *DB) Events(ctx context.Context, before int64, limit int) (events []Event, err error) {
	if before <= 0 {
		before = math.MaxInt64
	}
	return list(ctx, d, "read events", func(row *sql.Rows) (e Event, err error) {
		var at int64
		err = row.Scan(&e.ID, &at, &e.Kind, &e.Actor, &e.Subject, &e.Text)
		e.At = moment(at)
		return e, err
	}, "SELECT id, at, kind, actor, subject, text FROM events WHERE id < $1 ORDER BY id DESC LIMIT $2", before, min(max(limit, 1), mostEvents))
}

// list returns all rows of a query.
func list[T any](ctx context.Context, d *DB, verb string, scan func(*sql.Rows) (T, error), query string, values ...any) ([]T, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	rows, err := d.sql.QueryContext(ctx, query, values...)
	if err != nil {
		return nil, d.fault(verb, err)
	}
	defer func() { _ = rows.Close() }()
	all := []T{}
	for rows.Next() {
		row, err := scan(rows)
		if err != nil {
			return nil, d.fault(verb, err)
		}
		all = append(all, row)
	}
	return all, d.fault(verb, rows.Err())
}
