package db

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"time"
)

// Sessions keeps the sessions of people who have logged in. It has the methods that the library scs
// wants of a store. The database holds the hash of a session's token, which is the value of a
// cookie: somebody who reads a backup cannot use it.
type Sessions struct {
	db  *DB
	now func() time.Time
}

// Sessions returns the sessions.
func (d *DB) Sessions(now func() time.Time) Sessions { return Sessions{d, now} }

func hashed(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// FindCtx returns the data of a session that has not expired.
func (s Sessions) FindCtx(ctx context.Context, token string) (data []byte, found bool, err error) {
	data, err = one(ctx, s.db, "read session", func(row *sql.Rows) (data []byte, err error) {
		return data, row.Scan(&data)
	}, "SELECT data FROM sessions WHERE hash = $1 AND expiry > $2", hashed(token), stamp(s.now()))
	if errors.Is(err, ErrNotFound) {
		return nil, false, nil
	}
	return data, err == nil, err
}

// CommitCtx keeps a session.
func (s Sessions) CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error {
	return s.db.write(ctx, "save session", func(c *change) error {
		return c.exec(`INSERT INTO sessions (hash, data, expiry) VALUES ($1, $2, $3)
			ON CONFLICT (hash) DO UPDATE SET data = excluded.data, expiry = excluded.expiry`, hashed(token), data, stamp(expiry))
	})
}

// DeleteCtx ends a session. It does nothing if there is none.
func (s Sessions) DeleteCtx(ctx context.Context, token string) error {
	return s.db.write(ctx, "end session", func(c *change) error {
		return c.exec("DELETE FROM sessions WHERE hash = $1", hashed(token))
	})
}

// Find is FindCtx for a caller without a context.
func (s Sessions) Find(token string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), token)
}

// Commit is CommitCtx for a caller without a context.
func (s Sessions) Commit(token string, data []byte, expiry time.Time) error {
	return s.CommitCtx(context.Background(), token, data, expiry)
}

// Delete is DeleteCtx for a caller without a context.
func (s Sessions) Delete(token string) error { return s.DeleteCtx(context.Background(), token) }
