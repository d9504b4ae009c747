package db

import (
	"context"
	"database/sql"
	"time"
)

// User is a person whom the hub itself knows, with a password.
type User struct {
	Name     string
	Hash     []byte // of the password, by bcrypt
	Role     string
	Created  time.Time
	Disabled bool
}

// AddUser keeps a new user: ErrExists if there is one of that name.
func (d *DB) AddUser(ctx context.Context, u User) error {
	return d.write(ctx, "add user", func(c *change) error {
		return c.insert(`INSERT INTO users (name, hash, role, created, disabled) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT DO NOTHING`, u.Name, u.Hash, u.Role, stamp(u.Created), u.Disabled)
	})
}

// ChangeUser replaces the password, the role and whether the user is disabled: ErrNotFound if there
// is none of that name. With a new password, the tokens and the calendar end: someone else may have
// known the old one, and made some.
func (d *DB) ChangeUser(ctx context.Context, u User) error {
	return d.write(ctx, "change user", func(c *change) error {
		for _, statement := range []string{"DELETE FROM tokens WHERE owner", "DELETE FROM calendars WHERE person"} {
			if err := c.exec(statement+" = (SELECT name FROM users WHERE name = $1 AND hash <> $2)", u.Name, u.Hash); err != nil {
				return err
			}
		}
		return c.execOne("UPDATE users SET hash = $1, role = $2, disabled = $3 WHERE name = $4", u.Hash, u.Role, u.Disabled, u.Name)
	})
}

// RemoveUser removes a user, with the tokens and the calendar: ErrNotFound if there is none of that name.
func (d *DB) RemoveUser(ctx context.Context, name string) error {
	return d.write(ctx, "remove user", func(c *change) error {
		if err := c.execOne("DELETE FROM users WHERE name = $1", name); err != nil {
			return err
		}
		if err := c.exec("DELETE FROM tokens WHERE owner = $1", name); err != nil {
			return err
		}
		return c.exec("DELETE FROM calendars WHERE person = $1", name)
	})
}

const userColumns = "SELECT name, hash, role, created, disabled FROM users "

// Users returns all users by name.
func (d *DB) Users(ctx context.Context) ([]User, error) {
	return list(ctx, d, "read users", scanUser, userColumns+"ORDER BY name")
}

// User returns a user: ErrNotFound if there is none of that name.
func (d *DB) User(ctx context.Context, name string) (User, error) {
	return one(ctx, d, "read user", scanUser, userColumns+"WHERE name = $1", plain(name, maxName))
}

func scanUser(row *sql.Rows) (u User, err error) {
	var created int64
	err = row.Scan(&u.Name, &u.Hash, &u.Role, &created, &u.Disabled)
	u.Created = moment(created)
	return u, err
}

// one returns the row of a query that has at most one: ErrNotFound if it has none.
func one[T any](ctx context.Context, d *DB, verb string, scan func(*sql.Rows) (T, error), query string, values ...any) (row T, err error) {
	rows, err := list(ctx, d, verb, scan, query, values...)
	if err == nil && len(rows) == 0 {
		err = d.fault(verb, ErrNotFound)
	}
	if err != nil {
		return row, err
	}
	return rows[0], nil
}

// insert is exec for a statement that changes nothing if there is a row of that name: then ErrExists.
func (c *change) insert(statement string, values ...any) error {
	err := c.execOne(statement, values...)
	if err == ErrNotFound {
		return ErrExists
	}
	return err
}
