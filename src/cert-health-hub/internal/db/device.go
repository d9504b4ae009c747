package db

import (
	"context"
	"database/sql"
	"time"
)

// Device is a program that waits until a person confirms in the browser that it may log in.
type Device struct {
	Hash    []byte // of the secret that the program holds, by SHA-256
	Code    string // what the person confirms
	Client  string // where the program asked from
	Person  string // who confirmed; empty before
	Role    string
	Expires time.Time
}

// AddDevice keeps a device that waits, and forgets those that have expired: ErrExists if there is one
// of that code.
func (d *DB) AddDevice(ctx context.Context, device Device, now time.Time) error {
	return d.write(ctx, "add device", func(c *change) error {
		if err := c.exec("DELETE FROM devices WHERE expires <= $1", stamp(now)); err != nil {
			return err
		}
		return c.insert(`INSERT INTO devices (hash, code, client, person, role, expires) VALUES ($1, $2, $3, '', '', $4)
			ON CONFLICT DO NOTHING`, device.Hash, device.Code, plain(device.Client, maxName), stamp(device.Expires))
	})
}

// DeviceOf returns the device that waits for the confirmation of a code: ErrNotFound if there is none
// at that time.
func (d *DB) DeviceOf(ctx context.Context, code string, now time.Time) (Device, error) {
	return one(ctx, d, "read device", scanDevice, deviceColumns+"WHERE code = $1 AND person = '' AND expires > $2", plain(code, maxName), stamp(now))
}

// ConfirmDevice notes who confirmed a code: ErrNotFound if no device waits for that at that time.
func (d *DB) ConfirmDevice(ctx context.Context, code, person, role string, now time.Time) error {
	return d.write(ctx, "confirm device", func(c *change) error {
		return c.execOne("UPDATE devices SET person = $1, role = $2 WHERE code = $3 AND person = '' AND expires > $4",
			plain(person, maxName), role, plain(code, maxName), stamp(now))
	})
}

// RemoveDevice makes a code invalid that no person has confirmed: ErrNotFound if there is none.
func (d *DB) RemoveDevice(ctx context.Context, code string) error {
	return d.write(ctx, "remove device", func(c *change) error {
		return c.execOne("DELETE FROM devices WHERE code = $1 AND person = ''", plain(code, maxName))
	})
}

// TakeDevice returns a device and, if a person has confirmed it, removes it: it logs in once. It is
// ErrNotFound if there is none at that time.
func (d *DB) TakeDevice(ctx context.Context, hash []byte, now time.Time) (device Device, err error) {
	err = d.write(ctx, "read device", func(c *change) error {
		device = Device{Hash: hash}
		var expires int64
		// PostgreSQL lets another transaction delete the row between two statements, so the deletion comes first.
		err := c.tx.QueryRowContext(c.ctx, "DELETE FROM devices WHERE hash = $1 AND expires > $2 AND person <> '' RETURNING code, client, person, role, expires",
			hash, stamp(now)).Scan(&device.Code, &device.Client, &device.Person, &device.Role, &expires)
		if err == sql.ErrNoRows {
			err = c.tx.QueryRowContext(c.ctx, "SELECT code, client, expires FROM devices WHERE hash = $1 AND expires > $2 AND person = ''",
				hash, stamp(now)).Scan(&device.Code, &device.Client, &expires)
		}
		device.Expires = moment(expires)
		return err
	})
	return device, err
}

const deviceColumns = "SELECT hash, code, client, person, role, expires FROM devices "

func scanDevice(row *sql.Rows) (device Device, err error) {
	var expires int64
	err = row.Scan(&device.Hash, &device.Code, &device.Client, &device.Person, &device.Role, &expires)
	device.Expires = moment(expires)
	return device, err
}
