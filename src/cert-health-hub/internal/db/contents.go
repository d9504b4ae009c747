package db

import (
	"context"
	"database/sql"
	"time"

	"cert-health/hub/internal/inventory"
)

// Contents is what the catalog shows, or what has changed of it.
type Contents struct {
	// Sequence is the number of the last change that is in it.
	Sequence int64
	// Whole tells that it is everything, and replaces what was known before.
	Whole   bool
	Sources []inventory.Health
	// Items have as LastSeen what the database knows of the single item. An item without an Unseen
	// was also seen at the LastSuccess of its source; see LastSeen.
	Items            []inventory.Stored
	Certificates     []inventory.Certificate
	Acknowledgements []Ack
	Gone             Gone
}

// Gone is what is no longer there. It is empty if Contents is whole.
type Gone struct {
	Sources          []string // with all their items
	Items            []ItemKey
	Acknowledgements []inventory.ID
}

// ItemKey names an item.
type ItemKey struct{ Source, Path string }

// LastSeen is when an item was last seen, by what is known of its source.
func LastSeen(item inventory.Stored, source inventory.Health) time.Time {
	if item.Unseen == "" && source.LastSuccess.After(item.LastSeen) {
		return source.LastSuccess
	}
	return item.LastSeen
}

// Load returns everything.
func (d *DB) Load(ctx context.Context) (Contents, error) { return d.Since(ctx, 0) }

// Since returns what has changed after the change of that number. It returns everything if that is
// so long ago that the database has forgotten what is gone since.
func (d *DB) Since(ctx context.Context, sequence int64) (contents Contents, err error) {
	err = d.read(ctx, "read database", func(ctx context.Context, tx *sql.Tx) error {
		r := &reader{ctx: ctx, tx: tx, db: d}
		contents = r.contents(sequence)
		return r.err
	})
	if err != nil {
		return Contents{}, err
	}
	return contents, nil
}

// reader reads tables until the first error.
type reader struct {
	ctx   context.Context
	tx    *sql.Tx
	db    *DB
	after int64
	err   error
}

func (r *reader) contents(after int64) (c Contents) {
	c.Sequence, c.Whole = r.begin(after, "change", "floor")
	r.sources(&c)
	r.items(&c)
	r.certificates(&c)
	r.acknowledgements(&c)
	if c.Whole {
		c.Gone = Gone{}
	}
	return c
}

// begin reads the number of the last change, and whether everything is to be read.
func (r *reader) begin(after int64, counter, forgotten string) (sequence int64, whole bool) {
	var floor int64
	r.err = r.tx.QueryRowContext(r.ctx, "SELECT a.value, b.value FROM counters a, counters b WHERE a.name = $1 AND b.name = $2", counter, forgotten).Scan(&sequence, &floor)
	// A number from the future is that of another database.
	if whole = after <= 0 || after < floor || after > sequence; !whole {
		r.after = after
	}
	return sequence, whole
}

// rows calls a function with each row that has changed.
func (r *reader) rows(query string, row func(*sql.Rows) error) {
	r.each(query, []any{r.after}, row)
}

// each calls a function with each row of a query.
func (r *reader) each(query string, values []any, row func(*sql.Rows) error) {
	if r.err != nil {
		return
	}
	rows, err := r.tx.QueryContext(r.ctx, query, values...)
	if err != nil {
		r.err = err
		return
	}
	defer func() { _ = rows.Close() }()
	for r.err == nil && rows.Next() {
		r.err = row(rows)
	}
	if r.err == nil {
		r.err = rows.Err()
	}
}

// unreadable leaves a row out whose content is damaged: the source shows it again.
func (r *reader) unreadable(table, name string, err error) {
	r.db.log.Warn("a row of the database is not readable, and left out", "table", table, "row", name, "error", err)
}

func (r *reader) sources(c *Contents) {
	r.rows("SELECT name, health, gone FROM sources WHERE seq > $1 ORDER BY name", func(rows *sql.Rows) error {
		var name, text string
		var gone bool
		if err := rows.Scan(&name, &text, &gone); err != nil {
			return err
		}
		health, err := decodeHealth(text)
		switch {
		case gone && err == nil:
			c.Gone.Sources = append(c.Gone.Sources, health.Name)
		case err != nil:
			r.unreadable("sources", name, err)
		default:
			c.Sources = append(c.Sources, health)
		}
		return nil
	})
}
