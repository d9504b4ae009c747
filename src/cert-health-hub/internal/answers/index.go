package answers

import (
	"strings"

	"cert-health/hub/internal/catalog"
	"cert-health/hub/internal/inventory"
	"cert-health/internal/cert"
	"cert-health/internal/reference"
)

// The types of sources whose secrets are deployed.
const (
	vault   = "vault"
	credhub = "credhub"
)

// titles are the names of the products, by the type of the source. What a PKI engine issued is in no
// secret; Ops Manager and the Director only describe certificates; a TLS host stores none.
func titles() map[string]string { return map[string]string{vault: "Vault", credhub: "CredHub"} }

// held is a secret of a source.
type held struct {
	item   *inventory.Stored
	source *catalog.SourceView
	path   reference.Path
}

// index finds secrets.
type index struct {
	view     *catalog.View
	sources  []catalog.SourceView // that hold secrets
	byPath   map[string][]*held   // by the path within the source; several sources may have the same
	byName   map[string]*held     // by the path in answers
	identity map[cert.IdentityDigest][]*held
	mounts   map[string]bool // of answers
}

func newIndex(view *catalog.View) *index {
	x := &index{view: view, byPath: map[string][]*held{}, byName: map[string]*held{},
		identity: map[cert.IdentityDigest][]*held{}, mounts: map[string]bool{}}
	prefixes := map[string]string{}
	byName := map[string]*catalog.SourceView{}
	for _, source := range view.Sources() {
		if titles()[source.Type] != "" {
			x.sources = append(x.sources, source)
		}
	}
	for i := range x.sources {
		byName[x.sources[i].Name] = &x.sources[i]
		prefixes[x.sources[i].Name] = x.prefix(&x.sources[i])
	}
	for item := range view.Items() {
		if source := byName[item.Source]; source != nil && stored(item, source.Type) {
			x.add(&held{item, source, pathOf(item, source.Type, prefixes[item.Source])})
		}
	}
	return x
}

// prefix tells several stores of one type apart: two of them may have the same paths.
func (x *index) prefix(source *catalog.SourceView) string {
	for i := range x.sources {
		if other := &x.sources[i]; other.Type == source.Type && other.Name != source.Name {
			return source.Name + ":"
		}
	}
	return ""
}

// stored tells whether an item is a secret.
func stored(item *inventory.Stored, sourceType string) bool {
	if sourceType == vault {
		return item.Kind == "secret"
	}
	return item.Kind != "endpoint"
}

// pathOf splits the path of an item. CredHub has no engines, and all its paths begin with a slash.
func pathOf(item *inventory.Stored, sourceType, prefix string) reference.Path {
	mount := item.Mount
	switch {
	case sourceType == credhub:
		mount = "/"
	case mount == "" || !strings.HasPrefix(item.Path, mount): // of a release that did not keep it
		first, _, _ := strings.Cut(item.Path, "/")
		mount = first + "/"
	}
	return reference.Path{Mount: prefix + mount, Path: strings.TrimPrefix(item.Path, mount)}
}

func (x *index) add(h *held) {
	x.byPath[h.item.Path] = append(x.byPath[h.item.Path], h)
	x.byName[h.path.String()] = h
	x.mounts[h.path.Mount] = true
	for i := range h.item.Sightings {
		e, known := x.view.Certificate(h.item.Sightings[i].Certificate)
		if !known || e.ID.Described() {
			continue
		}
		if list := x.identity[e.Identity()]; len(list) == 0 || list[len(list)-1] != h {
			x.identity[e.Identity()] = append(list, h)
		}
	}
}

// find returns the secret that an agent names. An agent may know a path from a time when the hub had
// another number of stores.
func (x *index) find(path reference.Path) (h *held, doubtful bool) {
	if h := x.byName[path.String()]; h != nil {
		return h, false
	}
	list := x.byPath[path.String()]
	if _, plain, qualified := strings.Cut(path.String(), ":"); qualified && len(list) == 0 {
		list = x.byPath[plain]
	}
	if len(list) == 1 {
		return list[0], false
	}
	return nil, len(list) > 1
}
