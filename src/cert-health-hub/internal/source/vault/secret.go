package vault

import (
	"context"
	"strconv"

	"cert-health/hub/internal/inventory"
	"cert-health/internal/cert"
	"cert-health/internal/vault/client"
	"cert-health/internal/verdict"
)

// secret reads one secret unless its version is known.
func (p *pass) secret(ctx context.Context, w *client.Reader, m client.Mount, path string) error {
	known, seen := p.known.Item(m.Path + path)
	var metadata client.Metadata
	if m.Version == 2 && (seen || p.options.History > 0) {
		var err error
		switch metadata, err = p.client.ReadMetadata(ctx, m, path); {
		case client.Is(err, client.NotFound):
			p.nothing()
			return nil
		case client.Is(err, client.Denied): // the policy may permit the data only
		case err != nil:
			return err
		case seen && known.Version == p.versionOf(metadata) && len(known.Versions) > 0 && p.complete(known):
			p.add(known)
			return nil
		}
	}
	return p.read(ctx, w, m, path, known, metadata)
}

// versionOf is the version of an item by its metadata.
func (p *pass) versionOf(m client.Metadata) string {
	return p.version(m.Current, m.Versions[m.Current].Deleted)
}

// version is the version of an item. Another number of older versions to read is a change too.
func (p *pass) version(number int, deleted bool) string {
	version := strconv.Itoa(number)
	if deleted {
		version += " deleted"
	}
	if p.options.History > 0 {
		version += " with " + strconv.Itoa(p.options.History) + " before"
	}
	return version
}

// read reads a secret, and its older versions if they are asked for.
func (p *pass) read(ctx context.Context, w *client.Reader, m client.Mount, path string, known inventory.Item, metadata client.Metadata) error {
	now, err := p.client.ReadSecret(ctx, m, path, 0, w)
	if client.Is(err, client.NotFound) {
		p.nothing()
		return nil
	}
	if err != nil {
		return err
	}
	item := inventory.Item{Path: m.Path + path, Kind: "secret", Mount: m.Path, Revoked: now.Revoked}
	if m.Version == 2 {
		item.Version = p.version(now.Version, now.Deleted)
	}
	var found []*cert.Certificate
	show(&item, &found, now, inventory.Current)
	item.Findings = broken(now)
	if now.Deleted {
		item.Details = append(item.Details, inventory.Detail{Name: "deleted", Value: stamp(now)})
	}
	if err := p.history(ctx, w, m, path, now.Version, known, metadata, &item, &found); err != nil {
		// Without a version, the next collection reads the secret again.
		item.Version = ""
		p.unseen(item.Path, "its older versions were not read: "+p.check(err).Error())
	}
	p.add(item, found...)
	return nil
}

func stamp(deleted client.SecretVersion) string {
	if deleted.DeletedAt.IsZero() {
		return "destroyed"
	}
	return deleted.DeletedAt.UTC().Format("2006-01-02 15:04 UTC")
}

// show adds a version to an item, with its certificates. What a newer version shows at the same place
// is not repeated.
func show(item *inventory.Item, found *[]*cert.Certificate, version client.SecretVersion, state inventory.State) {
	number := ""
	if version.Version > 0 {
		number = strconv.Itoa(version.Version)
	}
	v := inventory.Version{Number: version.Version, Created: version.Created, Deleted: version.Deleted, DeletedAt: version.DeletedAt}
	for _, contents := range version.Contents {
		for _, c := range contents.Certificates {
			s := inventory.Sighting{Certificate: inventory.IDOf(c.Fingerprint), Place: place(contents), State: state, Version: number, Since: version.Created}
			if contents.Within != "" {
				s.Key = contents.Key
			}
			s.Keyless = version.Keyless && contents.Key == "certificate"
			before := len(item.Sightings)
			v.Holds = append(v.Holds, sight(item, s))
			if len(item.Sightings) > before {
				*found = append(*found, c)
			}
		}
	}
	item.Versions = append(item.Versions, v)
}

// place is the key of a value, with the name within it if the value is YAML or JSON.
func place(c client.Contents) string {
	if c.Within == "" {
		return c.Key
	}
	return c.Key + "." + c.Within
}

// sight adds a sighting unless the item has it, and returns its index.
func sight(item *inventory.Item, s inventory.Sighting) int {
	for i, other := range item.Sightings {
		if other.Certificate == s.Certificate && other.Place == s.Place {
			return i
		}
	}
	item.Sightings = append(item.Sightings, s)
	return len(item.Sightings) - 1
}

// broken are the findings of certificates that cannot be read.
func broken(read client.SecretVersion) (findings []inventory.Finding) {
	for _, sentence := range read.Broken {
		findings = append(findings, inventory.Finding{
			Code: inventory.Code(verdict.Unreadable), Severity: verdict.Warning, Message: sentence,
			Steps: []verdict.Step{verdict.Do("write the certificate into the secret again")},
		})
	}
	return findings
}
