package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"
)

// Notice is what a rule of notifications has told about one thing.
type Notice struct {
	Key   string
	State json.RawMessage
	At    time.Time
}

// Notices returns the notices of a rule by key.
func (d *DB) Notices(ctx context.Context, rule string) ([]Notice, error) {
	return list(ctx, d, "read notices", func(row *sql.Rows) (n Notice, err error) {
		var at int64
		var state string
		err = row.Scan(&n.Key, &state, &at)
		n.State, n.At = json.RawMessage(state), moment(at)
		return n, err
	}, "SELECT notice, state, at FROM notices WHERE rule = $1 ORDER BY notice", key(rule))
}

// SaveNotices replaces all notices of a rule. Keys are at most 1,000 bytes of UTF-8.
func (d *DB) SaveNotices(ctx context.Context, rule string, notices []Notice) error {
	rows := make(map[string][]any, len(notices))
	for _, n := range notices {
		rows[n.Key] = []any{key(rule), key(n.Key), string(n.State), stamp(n.At)}
	}
	values := make([][]any, 0, len(rows))
	for _, row := range rows {
		values = append(values, row)
	}
	return d.write(ctx, "save notices", func(c *change) error {
		if err := c.exec("DELETE FROM notices WHERE rule = $1", key(rule)); err != nil {
			return err
		}
		return c.bulk("INSERT INTO notices (rule, notice, state, at) VALUES", "ON CONFLICT (rule, notice) DO NOTHING", values)
	})
}
