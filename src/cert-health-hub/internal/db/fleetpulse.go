package db

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"cert-health/hub/internal/inventory"
)

// SavePulses keeps signs of life, in one change. One that is older than the one before is left out, and
// so is one of an instance without a report.
func (d *DB) SavePulses(ctx context.Context, pulses []inventory.Pulse) error {
	rows := newest(pulses)
	if len(rows) == 0 {
		return nil
	}
	return d.writeIn(ctx, fleet, "save heartbeats", func(c *change) error {
		number, err := c.number()
		if err != nil {
			return err
		}
		for some := range slices.Chunk(rows, atOnce) {
			if err := c.savePulses(some, number); err != nil {
				return err
			}
		}
		return nil
	})
}

// newest are the values of the newest pulse of each instance.
func newest(pulses []inventory.Pulse) (rows [][]any) {
	last := make(map[inventory.InstanceKey]inventory.Pulse, len(pulses))
	for _, p := range pulses {
		if known, ok := last[p.Key]; !ok || p.At.After(known.At) {
			last[p.Key] = p
		}
	}
	for instance, p := range last {
		rows = append(rows, []any{key(string(instance)), stamp(p.At), stamp(p.Scanned)})
	}
	return rows
}

// savePulses keeps the newer time. If the one that is kept is far newer, the clock was set back, and it is
// replaced: with it, a silent instance would be taken for one that reports.
func (c *change) savePulses(rows [][]any, number int64) error {
	values := append(flatten(rows), number, inventory.SetBack.Microseconds())
	list := strings.Replace(placeholders(len(rows), 3), "($1, $2, $3)", "(CAST($1 AS TEXT), CAST($2 AS BIGINT), CAST($3 AS BIGINT))", 1)
	return c.exec(fmt.Sprintf(`WITH seen (instance, at, scanned) AS (VALUES %s)
		UPDATE pulses SET at = seen.at, scanned = CASE seen.scanned WHEN 0 THEN pulses.scanned ELSE seen.scanned END, seq = $%d
		FROM seen WHERE pulses.instance = seen.instance AND (seen.at > pulses.at OR seen.at < pulses.at - $%d)`, list, len(values)-1, len(values)), values...)
}

// MarkGone notes since when the Director no longer lists instances. The zero time takes that back. An
// instance that is marked already keeps its time.
func (d *DB) MarkGone(ctx context.Context, instances []inventory.InstanceKey, at time.Time) error {
	return d.eachInstance(ctx, "mark instances as gone", instances, []any{stamp(at)},
		"UPDATE reports SET seq = $1, gone = CAST($2 AS BIGINT) WHERE NOT removed AND (gone = 0) <> (CAST($2 AS BIGINT) = 0) AND instance IN")
}

// RemoveInstances forgets the reports and the signs of life of instances.
func (d *DB) RemoveInstances(ctx context.Context, instances []inventory.InstanceKey) error {
	return d.eachInstance(ctx, "remove instances", instances, nil,
		"DELETE FROM pulses WHERE CAST($1 AS BIGINT) > 0 AND instance IN", "UPDATE reports SET removed = TRUE, report = '', seq = $1 WHERE NOT removed AND instance IN")
}

// eachInstance runs statements for some instances at a time. Their values are the number of the change,
// those that are given, and the instances. SQLite counts values in the order in which they first stand.
func (d *DB) eachInstance(ctx context.Context, verb string, instances []inventory.InstanceKey, given []any, statements ...string) error {
	if len(instances) == 0 {
		return nil
	}
	return d.writeIn(ctx, fleet, verb, func(c *change) error {
		number, err := c.number()
		if err != nil {
			return err
		}
		for some := range slices.Chunk(instances, atOnce) {
			values := append([]any{number}, given...)
			begin := strings.TrimSuffix(strings.TrimPrefix(placeholders(1, len(values)), " ("), ") ") // "$1, $2"
			for _, instance := range some {
				values = append(values, key(string(instance)))
			}
			list := " (" + strings.TrimPrefix(placeholders(1, len(values)), " ("+begin+", ")
			for _, statement := range statements {
				if err := c.exec(statement+list, values...); err != nil {
					return err
				}
			}
		}
		return nil
	})
}
