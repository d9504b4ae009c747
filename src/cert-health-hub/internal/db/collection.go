package db

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"cert-health/hub/internal/inventory"
)

// Saved is what a collection changes.
type Saved struct {
	// Source is the health of the source after the collection. Its LastSuccess is also when all its
	// items without an Unseen were seen last.
	Source inventory.Health
	// Items are those that are new, that changed, or whose Unseen changed. Those that were only seen
	// again need no row: see Contents.
	Items []inventory.Stored
	// Gone are the paths of the items that are gone.
	Gone []string
	// Certificates are all those that Items show. One that is stored already costs little.
	Certificates []inventory.Certificate
}

// SaveCollection saves all of it or nothing.
func (d *DB) SaveCollection(ctx context.Context, saved Saved) error {
	rows, err := rowsOf(saved)
	if err != nil {
		return fmt.Errorf("save collection of %s: %w", saved.Source.Name, err)
	}
	err = d.write(ctx, "save collection of "+saved.Source.Name, func(c *change) error { return c.save(saved, rows) })
	if err != nil {
		return err
	}
	return d.pruneDaily(ctx, saved.Source.LastAttempt)
}

// rows are the values of a collection, encoded before the transaction begins.
type rows struct {
	health              string
	items, certificates map[string]string
}

func rowsOf(saved Saved) (r rows, err error) {
	saved.Source.Running = false
	if r.health, err = encodeHealth(saved.Source); err != nil {
		return r, err
	}
	r.items, r.certificates = make(map[string]string, len(saved.Items)), make(map[string]string, len(saved.Certificates))
	for _, item := range saved.Items {
		if r.items[key(item.Path)], err = encodeItem(item); err != nil {
			return r, err
		}
	}
	for _, certificate := range saved.Certificates {
		if r.certificates[string(certificate.ID)], err = encodeCertificate(certificate); err != nil {
			return r, err
		}
	}
	return r, nil
}

func (c *change) save(saved Saved, r rows) error {
	number, err := c.number()
	if err != nil {
		return err
	}
	source := key(saved.Source.Name)
	if err := c.exec(`INSERT INTO sources (name, health, gone, seq) VALUES ($1, $2, FALSE, $3)
		ON CONFLICT (name) DO UPDATE SET health = excluded.health, gone = FALSE, seq = excluded.seq`, source, r.health, number); err != nil {
		return err
	}
	if err := c.saveCertificates(r.certificates, number); err != nil {
		return err
	}
	if err := c.saveItems(source, r.items, number); err != nil {
		return err
	}
	return c.bury(source, saved.Gone, number)
}

func (c *change) saveCertificates(records map[string]string, number int64) error {
	values := make([][]any, 0, len(records))
	for id, record := range records {
		values = append(values, []any{id, record, 0, number})
	}
	// A record is replaced when another version of the program writes it in another form.
	return c.bulk("INSERT INTO certificates (id, record, unsighted, seq) VALUES", `ON CONFLICT (id) DO UPDATE SET
		record = excluded.record, unsighted = 0, seq = excluded.seq WHERE certificates.record <> excluded.record OR certificates.unsighted <> 0`, values)
}

func (c *change) saveItems(source string, items map[string]string, number int64) error {
	values := make([][]any, 0, len(items))
	for path, item := range items {
		values = append(values, []any{source, path, item, false, number})
	}
	return c.bulk("INSERT INTO items (source, path, item, gone, seq) VALUES", `ON CONFLICT (source, path) DO UPDATE SET
		item = excluded.item, gone = excluded.gone, seq = excluded.seq`, values)
}

// bury marks items as gone. Their rows stay for other hubs, until Prune.
func (c *change) bury(source string, paths []string, number int64) error {
	for some := range slices.Chunk(paths, atOnce) {
		values := []any{number, source}
		for _, path := range some {
			values = append(values, key(path))
		}
		list := placeholders(1, len(values)) // "($1, $2, $3, ...": the first two are not paths
		if err := c.exec("UPDATE items SET gone = TRUE, seq = $1 WHERE source = $2 AND NOT gone AND path IN ("+strings.TrimPrefix(list, " ($1, $2, "), values...); err != nil {
			return err
		}
	}
	return nil
}

// RemoveSource removes a source and all its items.
func (d *DB) RemoveSource(ctx context.Context, name string) error {
	return d.write(ctx, "remove source "+name, func(c *change) error {
		number, err := c.number()
		if err != nil {
			return err
		}
		if err := c.execOne("UPDATE sources SET gone = TRUE, seq = $1 WHERE name = $2 AND NOT gone", number, key(name)); err != nil {
			return err
		}
		return c.exec("UPDATE items SET gone = TRUE, seq = $1 WHERE source = $2 AND NOT gone", number, key(name))
	})
}
