package db

import (
	"cmp"
	"database/sql"
	"encoding/json"
	"slices"
	"strings"

	"cert-health/hub/internal/inventory"
)

func (r *reader) certificates(c *Contents) {
	r.rows("SELECT id, record FROM certificates WHERE seq > $1", func(rows *sql.Rows) error {
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
	// SQLite would read the whole table to sort a few rows.
	slices.SortFunc(c.Certificates, func(a, b inventory.Certificate) int { return strings.Compare(string(a.ID), string(b.ID)) })
}

func (r *reader) items(c *Contents) {
	r.rows("SELECT source, path, item, gone FROM items WHERE seq > $1", func(rows *sql.Rows) error {
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
	slices.SortFunc(c.Items, func(a, b inventory.Stored) int {
		return cmp.Or(strings.Compare(a.Source, b.Source), strings.Compare(a.Path, b.Path))
	})
	slices.SortFunc(c.Gone.Items, func(a, b ItemKey) int {
		return cmp.Or(strings.Compare(a.Source, b.Source), strings.Compare(a.Path, b.Path))
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
