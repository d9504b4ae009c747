package db

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// write runs a transaction that writes. Writers wait for each other.
func (d *DB) write(ctx context.Context, verb string, work func(*change) error) error {
	return d.writeIn(ctx, catalog, verb, work)
}

// writeIn is write for a change of a topic.
func (d *DB) writeIn(ctx context.Context, about topic, verb string, work func(*change) error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	sequence, err := d.attempt(ctx, about, work)
	if err == nil && sequence > 0 {
		d.engine.announced(about, sequence)
	}
	return d.fault(verb, err)
}

func (d *DB) attempt(ctx context.Context, about topic, work func(*change) error) (sequence int64, err error) {
	unlock, err := d.engine.lock(ctx)
	if err != nil {
		return 0, err
	}
	defer unlock()
	tx, err := d.sql.BeginTx(ctx, nil)
	if err != nil {
		return 0, err
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	c := &change{ctx: ctx, tx: tx, engine: d.engine, about: about}
	if err := c.fence(); err != nil {
		return 0, err
	}
	if err := work(c); err != nil {
		return 0, err
	}
	return c.sequence, tx.Commit()
}

// read runs a transaction that sees one state of all tables.
func (d *DB) read(ctx context.Context, verb string, work func(context.Context, *sql.Tx) error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tx, err := d.sql.BeginTx(ctx, d.engine.snapshot())
	if err != nil {
		return d.fault(verb, err)
	}
	defer func() { _ = tx.Rollback() }()
	return d.fault(verb, work(ctx, tx))
}

// change is a transaction that writes.
type change struct {
	ctx      context.Context
	tx       *sql.Tx
	engine   engine
	about    topic
	sequence int64
}

// number returns the number of this change. Until the transaction ends no other has a number, so
// changes become visible in the order of their numbers.
func (c *change) number() (int64, error) {
	if c.sequence > 0 {
		return c.sequence, nil
	}
	var number int64
	if err := c.tx.QueryRowContext(c.ctx, "UPDATE counters SET value = value + 1 WHERE name = $1 RETURNING value", string(c.about)).Scan(&number); err != nil {
		return 0, err
	}
	c.sequence = number
	return number, c.engine.announce(c.ctx, c.tx, c.about, number)
}

func (c *change) exec(statement string, values ...any) error {
	_, err := c.tx.ExecContext(c.ctx, statement, values...)
	return err
}

// execOne is exec for a statement that changes one row: ErrNotFound if it changed none.
func (c *change) execOne(statement string, values ...any) error {
	result, err := c.tx.ExecContext(c.ctx, statement, values...)
	if err != nil {
		return err
	}
	if count, err := result.RowsAffected(); err != nil || count == 0 {
		return orNotFound(err)
	}
	return nil
}

func orNotFound(err error) error {
	if err != nil {
		return err
	}
	return ErrNotFound
}

// atOnce is the number of rows in one statement. Both engines take some 30,000 values in one.
const atOnce = 200

// bulk runs a statement of the form "INSERT INTO ... VALUES" + rows + end for many rows.
func (c *change) bulk(begin, end string, rows [][]any) error {
	for len(rows) > 0 {
		some := rows[:min(atOnce, len(rows))]
		rows = rows[len(some):]
		if err := c.exec(begin+placeholders(len(some), len(some[0]))+end, flatten(some)...); err != nil {
			return err
		}
	}
	return nil
}

// placeholders are " ($1, $2), ($3, $4)" for two rows of two values.
func placeholders(rows, width int) string {
	var b strings.Builder
	for i := range rows * width {
		switch {
		case i%width != 0:
			b.WriteString(", ")
		case i == 0:
			b.WriteString(" (")
		default:
			b.WriteString("), (")
		}
		fmt.Fprintf(&b, "$%d", i+1)
	}
	return b.String() + ") "
}

func flatten(rows [][]any) (values []any) {
	for _, row := range rows {
		values = append(values, row...)
	}
	return values
}
