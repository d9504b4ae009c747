package db

import (
	"context"

	"cert-health/hub/internal/inventory"
)

// Ack is an acknowledgement.
type Ack = inventory.Ack

// maxReason bounds what a person writes, in bytes.
const maxReason = 4 << 10

// Acknowledge keeps an acknowledgement in place of an earlier one of the same certificate.
func (d *DB) Acknowledge(ctx context.Context, ack Ack) error {
	ack.Reason, ack.By = plain(ack.Reason, maxReason), plain(ack.By, maxName)
	text, err := encode(ack)
	if err != nil {
		return d.fault("acknowledge certificate", err)
	}
	return d.write(ctx, "acknowledge certificate", func(c *change) error {
		number, err := c.number()
		if err != nil {
			return err
		}
		return c.exec(`INSERT INTO acknowledgements (certificate, ack, gone, seq) VALUES ($1, $2, FALSE, $3)
			ON CONFLICT (certificate) DO UPDATE SET ack = excluded.ack, gone = FALSE, seq = excluded.seq`, string(ack.Certificate), text, number)
	})
}

// Unacknowledge takes an acknowledgement back: ErrNotFound if there is none.
func (d *DB) Unacknowledge(ctx context.Context, certificate inventory.ID) error {
	return d.write(ctx, "take acknowledgement back", func(c *change) error {
		number, err := c.number()
		if err != nil {
			return err
		}
		return c.execOne("UPDATE acknowledgements SET gone = TRUE, seq = $1 WHERE certificate = $2 AND NOT gone", number, string(certificate))
	})
}
