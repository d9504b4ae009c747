package answers_test

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"cert-health/hub/internal/answers"
	"cert-health/hub/internal/catalog"
	"cert-health/hub/internal/inventory"
	"cert-health/internal/cert"
	"cert-health/internal/reference"
	"cert-health/internal/report"
	"cert-health/internal/scenario"
	"cert-health/internal/uplink"
)

// now is the moment of the specs.
func now() time.Time { return time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC) }

// world is what a hub knows.
type world struct {
	contents inventory.Contents
	loaded   bool
}

// newWorld has sources with these names and types, in pairs, that were collected ten minutes ago.
func newWorld(sources ...string) *world {
	w := &world{loaded: true}
	for i := 0; i < len(sources); i += 2 {
		w.contents.Sources = append(w.contents.Sources, inventory.Health{Name: sources[i], Type: sources[i+1], Interval: time.Hour, LastSuccess: now().Add(-10 * time.Minute)})
	}
	return w
}

// source is one source.
func (w *world) source(name string) *inventory.Health {
	for i := range w.contents.Sources {
		if w.contents.Sources[i].Name == name {
			return &w.contents.Sources[i]
		}
	}
	panic("no source " + name)
}

func issue(spec scenario.Spec) *cert.Certificate { return scenario.Issue(spec).Noun() }

func leaf(name string) *cert.Certificate { return issue(scenario.Spec{CommonName: name}) }

// secret adds a secret of Vault. Each version has certificates; the last one is the current. An empty
// list is a deleted version.
func (w *world) secret(source, mount, path string, versions ...[]*cert.Certificate) *inventory.Stored {
	item := inventory.Item{Path: mount + path, Kind: "secret", Mount: mount}
	for i := len(versions); i > 0; i-- {
		v := inventory.Version{Number: i, Created: now().Add(time.Duration(i-20) * time.Hour), Deleted: len(versions[i-1]) == 0}
		if v.Deleted {
			v.DeletedAt = v.Created.Add(time.Minute)
		}
		state := inventory.Previous
		if i == len(versions) {
			state = inventory.Current
		}
		for _, c := range versions[i-1] {
			v.Holds = append(v.Holds, len(item.Sightings))
			item.Sightings = append(item.Sightings, inventory.Sighting{Certificate: w.certificate(c), Place: "certificate", State: state, Version: strconv.Itoa(i), Since: v.Created})
		}
		item.Versions = append(item.Versions, v)
	}
	return w.item(source, item)
}

func (w *world) certificate(c *cert.Certificate) inventory.ID {
	w.contents.Certificates = append(w.contents.Certificates, inventory.New(c))
	return inventory.IDOf(c.Fingerprint)
}

func (w *world) item(source string, item inventory.Item) *inventory.Stored {
	w.contents.Items = append(w.contents.Items, inventory.Stored{Source: source, Item: item, FirstSeen: now().Add(-24 * time.Hour), LastSeen: now().Add(-10 * time.Minute)})
	return &w.contents.Items[len(w.contents.Items)-1]
}

// ready is a service that knows the world as it is now.
func (w *world) ready() *answers.Service {
	view := catalog.New(w.contents, catalog.DefaultPolicy(), now())
	return answers.New(answers.Options{View: func() *catalog.View { return view }, Loaded: func() bool { return w.loaded }})
}

// search asks for certificates, as an agent of the deployment cf.
func (w *world) search(certificates ...*cert.Certificate) uplink.ReferencesAnswer {
	r := request()
	for _, c := range certificates {
		r.Identities = append(r.Identities, c.IdentityDigest())
	}
	return w.ready().Answer(context.Background(), r)
}

func (w *world) read(paths ...reference.Path) uplink.ReferencesAnswer {
	r := request()
	r.Paths = paths
	return w.ready().Answer(context.Background(), r)
}

func request() uplink.ReferencesRequest {
	return uplink.ReferencesRequest{Schema: uplink.Schema, Instance: report.Instance{Deployment: "cf", Group: "router", ID: "1"}}
}

// paths are those of the secrets of an answer.
func paths(a uplink.ReferencesAnswer) (list []string) {
	for _, s := range a.Secrets {
		list = append(list, s.String())
	}
	return list
}

func path(mount, rest string) reference.Path { return reference.Path{Mount: mount, Path: rest} }

func numbers(versions []reference.Version) (words []string) {
	for _, v := range versions {
		words = append(words, fmt.Sprintf("%d: %d", v.Number, len(v.Entries)))
	}
	return words
}
