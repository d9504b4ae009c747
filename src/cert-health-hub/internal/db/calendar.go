package db

import (
	"context"
	"database/sql"
	"time"
)

// SetCalendar keeps the hash of the secret in the URL of a person's calendar, in place of an earlier one.
func (d *DB) SetCalendar(ctx context.Context, person string, hash []byte, now time.Time) error {
	return d.write(ctx, "save calendar", func(c *change) error {
		return c.exec(`INSERT INTO calendars (hash, person, created) VALUES ($1, $2, $3)
			ON CONFLICT (person) DO UPDATE SET hash = excluded.hash, created = excluded.created`, hash, plain(person, maxName), stamp(now))
	})
}

// CalendarOf returns the person of a hash: ErrNotFound if there is none, or if the user is disabled.
func (d *DB) CalendarOf(ctx context.Context, hash []byte) (person string, err error) {
	return one(ctx, d, "read calendar", func(row *sql.Rows) (person string, err error) {
		return person, row.Scan(&person)
	}, `SELECT person FROM calendars WHERE hash = $1
		AND NOT EXISTS (SELECT 1 FROM users WHERE users.name = calendars.person AND users.disabled)`, hash)
}

// RemoveCalendar makes the URL of a person's calendar invalid: ErrNotFound if there is none.
func (d *DB) RemoveCalendar(ctx context.Context, person string) error {
	return d.write(ctx, "remove calendar", func(c *change) error {
		return c.execOne("DELETE FROM calendars WHERE person = $1", plain(person, maxName))
	})
}
