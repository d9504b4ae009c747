package vault

import (
	"context"
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
		show(item, found, read, inventory.Previous)
	}
	return nil
}

// repeat adds what is known of an older version. It returns false if nothing is known.
func (p *pass) repeat(item *inventory.Item, known inventory.Item, number int) (repeated bool) {
	if !p.complete(known) {
		return false
	}
	for _, s := range known.Sightings {
		if s.Version != strconv.Itoa(number) {
			continue
		}
		repeated = true
		if s.State = inventory.Previous; !shown(item, s) {
			item.Sightings = append(item.Sightings, s)
		}
	}
	return repeated
}
