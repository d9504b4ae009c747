package db

import (
	"database/sql"
	"encoding/json"

	"cert-health/hub/internal/inventory"
)

func (r *reader) certificates(c *Contents) {
	r.rows("SELECT id, record FROM certificates WHERE seq > $1 ORDER BY id", func(rows *sql.Rows) error {
		var id, text string
		if err := rows.Scan(&id, &text); err != nil {
			return err
		}
		certificate, err := decodeCertificate(inventory.ID(id), text)
		if err != nil {
			r.unreadable("certificates", id, err)
			return nil
		}
		c.Certificates = append(c.Certificates, certificate)
		return nil
	})
}

func (r *reader) items(c *Contents) {
	r.rows("SELECT source, path, item, gone FROM items WHERE seq > $1 ORDER BY source, path", func(rows *sql.Rows) error {
		var source, path, text string
		var gone bool
		if err := rows.Scan(&source, &path, &text, &gone); err != nil {
			return err
		}
		item, err := decodeItem(source, text)
		switch {
		case gone && err == nil:
			c.Gone.Items = append(c.Gone.Items, ItemKey{source, item.Path})
		case err != nil:
			r.unreadable("items", source+" "+path, err)
		default:
			c.Items = append(c.Items, item)
		}
		return nil
	})
}

func (r *reader) acknowledgements(c *Contents) {
	r.rows("SELECT certificate, ack, gone FROM acknowledgements WHERE seq > $1 ORDER BY certificate", func(rows *sql.Rows) error {
		var id, text string
		var gone bool
		if err := rows.Scan(&id, &text, &gone); err != nil {
			return err
		}
		if gone {
			c.Gone.Acknowledgements = append(c.Gone.Acknowledgements, inventory.ID(id))
			return nil
		}
		var ack Ack
		if err := json.Unmarshal([]byte(text), &ack); err != nil {
			r.unreadable("acknowledgements", id, err)
			return nil
		}
		c.Acknowledgements = append(c.Acknowledgements, ack)
		return nil
	})
}
