package vault

import (
	"context"
	"slices"
	"strconv"

	"cert-health/hub/internal/inventory"
	"cert-health/internal/cert"
	"cert-health/internal/vault/client"
)

// history adds the older versions of a secret, the newest first. Those that an earlier collection has
// read are not read again: a version never changes.
func (p *pass) history(ctx context.Context, w *client.Reader, m client.Mount, path string, current int,
	known inventory.Item, metadata client.Metadata, item *inventory.Item, found *[]*cert.Certificate) error {
	for number := current - 1; number > 0 && current-number <= p.options.History; number-- {
		if told, there := metadata.Versions[number]; len(metadata.Versions) > 0 && (!there || told.Deleted) {
			if there {
				item.Versions = append(item.Versions, inventory.Version{Number: number, Created: told.Created, Deleted: true, DeletedAt: told.DeletedAt})
			}
			continue
		}
		if p.repeat(item, known, number) {
			continue
		}
		read, err := p.client.ReadSecret(ctx, m, path, number, w)
		if client.Is(err, client.NotFound) {
			return nil // Vault has dropped it, and all that are older
		}
		if err != nil {
			return err
		}
		if !exists(item) {
			item.Revoked = read.Revoked
		}
		show(item, found, read, inventory.Previous)
	}
	return nil
}

// repeat adds what is known of an older version. It returns false if nothing is known.
func (p *pass) repeat(item *inventory.Item, known inventory.Item, number int) bool {
	i := slices.IndexFunc(known.Versions, func(v inventory.Version) bool { return v.Number == number && !v.Deleted })
	if i < 0 || !p.complete(known) {
		return false
	}
	if i == 0 && !exists(item) {
		item.Revoked = known.Revoked
	}
	v := known.Versions[i]
	v.Holds = nil
	for _, at := range known.Versions[i].Holds {
		if at < 0 || at >= len(known.Sightings) {
			return false
		}
		s := known.Sightings[at]
		s.State, s.Version, s.Since = inventory.Previous, strconv.Itoa(number), v.Created
		v.Holds = append(v.Holds, sight(item, s))
	}
	item.Versions = append(item.Versions, v)
	return true
}

// exists tells whether the item has a version that is not deleted.
func exists(item *inventory.Item) bool {
	return slices.ContainsFunc(item.Versions, func(v inventory.Version) bool { return !v.Deleted })
}
