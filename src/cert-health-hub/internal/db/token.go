package db

import (
	"context"
	"database/sql"
	"time"
)

// Token is what a script logs in with. The token itself is not kept.
type Token struct {
	ID       string
	Name     string // for people
	Hash     []byte // of the token, by SHA-256
	Role     string
	Owner    string
	Created  time.Time
	Expires  time.Time // zero: never
	LastUsed time.Time // zero: never
}

// AddToken keeps a new token: ErrExists if there is one of that ID.
func (d *DB) AddToken(ctx context.Context, t Token) error {
	return d.write(ctx, "add token", func(c *change) error {
		return c.insert(`INSERT INTO tokens (id, name, hash, role, owner, created, expires, last_used) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
			ON CONFLICT DO NOTHING`, t.ID, plain(t.Name, maxName), t.Hash, t.Role, plain(t.Owner, maxName), stamp(t.Created), stamp(t.Expires), stamp(t.LastUsed))
	})
}

const tokenColumns = "SELECT id, name, hash, role, owner, created, expires, last_used FROM tokens "

// Tokens returns all tokens, the oldest first, those of one owner if it is not empty.
func (d *DB) Tokens(ctx context.Context, owner string) ([]Token, error) {
	return list(ctx, d, "read tokens", scanToken, tokenColumns+"WHERE $1 = '' OR owner = $1 ORDER BY created, id", plain(owner, maxName))
}

// TokenOf returns the token of a hash: ErrNotFound if there is none.
func (d *DB) TokenOf(ctx context.Context, hash []byte) (Token, error) {
	return one(ctx, d, "read token", scanToken, tokenColumns+"WHERE hash = $1", hash)
}

// UseToken keeps when a token was used.
func (d *DB) UseToken(ctx context.Context, id string, at time.Time) error {
	return d.write(ctx, "note use of token", func(c *change) error {
		return c.execOne("UPDATE tokens SET last_used = $1 WHERE id = $2", stamp(at), id)
	})
}

// RemoveToken removes a token: ErrNotFound if there is none of that ID.
func (d *DB) RemoveToken(ctx context.Context, id string) error {
	return d.write(ctx, "remove token", func(c *change) error {
		return c.execOne("DELETE FROM tokens WHERE id = $1", plain(id, maxName))
	})
}

func scanToken(row *sql.Rows) (t Token, err error) {
	var created, expires, used int64
	err = row.Scan(&t.ID, &t.Name, &t.Hash, &t.Role, &t.Owner, &created, &expires, &used)
	t.Created, t.Expires, t.LastUsed = moment(created), moment(expires), moment(used)
	return t, err
}
