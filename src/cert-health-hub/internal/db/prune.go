package db

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"cert-health/hub/internal/inventory"
)

const (
	keepUnsighted = 90 * 24 * time.Hour // a certificate that no item shows
	pruneEvery    = 24 * time.Hour
)

// pruneDaily prunes if the last time is a day ago. A clock that was set back changes nothing.
func (d *DB) pruneDaily(ctx context.Context, now time.Time) error {
	var last int64
	err := d.sql.QueryRowContext(ctx, "SELECT value FROM counters WHERE name = 'pruned'").Scan(&last)
	if err != nil || now.Sub(moment(last)) < pruneEvery {
		return d.fault("prune database", err)
	}
	return d.Prune(ctx, now)
}

// Prune forgets certificates that no item has shown for 90 days, old events, what has expired, and
// what was gone at the last call. SaveCollection calls it once a day.
func (d *DB) Prune(ctx context.Context, now time.Time) error {
	return errors.Join(d.pruneCatalog(ctx, now), d.pruneFleet(ctx))
}

// pruneFleet is a change of its own, so that agents do not wait for the other one.
func (d *DB) pruneFleet(ctx context.Context) error {
	return d.writeIn(ctx, fleet, "prune database", func(c *change) error {
		if _, err := c.number(); err != nil {
			return err
		}
		return c.statements(
			"DELETE FROM reports WHERE removed AND seq <= (SELECT value FROM counters WHERE name = 'fleet_marked')",
			"UPDATE counters SET value = (SELECT value FROM counters WHERE name = 'fleet_marked') WHERE name = 'fleet_floor'",
			"UPDATE counters SET value = (SELECT value FROM counters WHERE name = 'fleet') WHERE name = 'fleet_marked'",
		)
	})
}

func (c *change) statements(all ...string) error {
	for _, statement := range all {
		if err := c.exec(statement); err != nil {
			return err
		}
	}
	return nil
}

func (d *DB) pruneCatalog(ctx context.Context, now time.Time) error {
	return d.write(ctx, "prune database", func(c *change) error {
		if _, err := c.number(); err != nil { // no other may change items meanwhile
			return err
		}
		if err := c.pruneCertificates(now); err != nil {
			return err
		}
		if err := c.statements(
			"DELETE FROM sources WHERE gone AND seq <= (SELECT value FROM counters WHERE name = 'marked')",
			"DELETE FROM items WHERE gone AND seq <= (SELECT value FROM counters WHERE name = 'marked')",
			"DELETE FROM acknowledgements WHERE gone AND seq <= (SELECT value FROM counters WHERE name = 'marked')",
			"UPDATE counters SET value = (SELECT value FROM counters WHERE name = 'marked') WHERE name = 'floor'",
			"UPDATE counters SET value = (SELECT value FROM counters WHERE name = 'change') WHERE name = 'marked'",
		); err != nil {
			return err
		}
		return c.pruneExpired(stamp(now))
	})
}

func (c *change) pruneExpired(now int64) error {
	for _, statement := range []string{
		"DELETE FROM sessions WHERE expiry <= $1",
		"DELETE FROM devices WHERE expires <= $1",
		"DELETE FROM tokens WHERE expires <> 0 AND expires <= $1",
		"UPDATE counters SET value = $1 WHERE name = 'pruned'",
	} {
		if err := c.exec(statement, now); err != nil {
			return err
		}
	}
	return c.exec("DELETE FROM events WHERE id <= (SELECT value FROM counters WHERE name = 'event') - $1", maxEvents)
}

// pruneCertificates marks those that no item shows with the time, and deletes those that were
// marked long ago.
func (c *change) pruneCertificates(now time.Time) error {
	shown, err := c.shown()
	if err != nil {
		return err
	}
	all, err := c.unsighted()
	if err != nil {
		return err
	}
	for id, since := range all {
		var err error
		switch {
		case shown[id] && since != 0:
			err = c.exec("UPDATE certificates SET unsighted = 0 WHERE id = $1", string(id))
		case !shown[id] && since == 0:
			err = c.exec("UPDATE certificates SET unsighted = $1 WHERE id = $2", stamp(now), string(id))
		case !shown[id] && now.Sub(moment(since)) >= keepUnsighted:
			err = c.forget(id)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *change) forget(id inventory.ID) error {
	if err := c.exec("DELETE FROM acknowledgements WHERE certificate = $1", string(id)); err != nil {
		return err
	}
	return c.exec("DELETE FROM certificates WHERE id = $1", string(id))
}

// shown are the certificates of all items.
func (c *change) shown() (map[inventory.ID]bool, error) {
	shown := map[inventory.ID]bool{}
	return shown, c.each("SELECT item FROM items WHERE NOT gone", func(rows *sql.Rows) error {
		var text string
		if err := rows.Scan(&text); err != nil {
			return err
		}
		item, _ := decodeItem("", text) // one that is not readable shows nothing
		for _, sighting := range item.Sightings {
			shown[sighting.Certificate] = true
		}
		return nil
	})
}

// unsighted says for all certificates since when no item shows them.
func (c *change) unsighted() (map[inventory.ID]int64, error) {
	all := map[inventory.ID]int64{}
	return all, c.each("SELECT id, unsighted FROM certificates", func(rows *sql.Rows) error {
		var id string
		var since int64
		err := rows.Scan(&id, &since)
		all[inventory.ID(id)] = since
		return err
	})
}

func (c *change) each(query string, row func(*sql.Rows) error) error {
	rows, err := c.tx.QueryContext(c.ctx, query)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := row(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}
