package catalog

import (
	"cmp"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"

	"cert-health/hub/internal/inventory"
)

// maxKey bounds the part of a name that decides the order, and so the size of a token.
const maxKey = 80

// sortText is what an entry is ordered by. Entries with the same one are ordered by their ID.
func sortText(key SortKey, e *Entry) string {
	first := &Placement{}
	if len(e.Placements) > 0 {
		first = &e.Placements[0]
	}
	text := ""
	switch key {
	case ByName:
		text = strings.ToLower(e.Name())
	case ByPath:
		text = first.Path + "\x00" + first.Source
	case BySource:
		text = first.Source + "\x00" + first.Path
	default:
		// The year 1 is second 0, so that no number is negative.
		const yearOne = 62135596800
		text = fmt.Sprintf("%012d\x00%s", e.NotAfter.Unix()+yearOne, strings.ToLower(e.Name()))
	}
	return text[:min(len(text), maxKey)]
}

// position is a place in an order.
type position struct {
	text string
	id   inventory.ID
}

func (p position) compare(other position) int {
	return cmp.Or(strings.Compare(p.text, other.text), cmp.Compare(p.id, other.id))
}

// index orders the entries in each way, and their placements by path.
func (v *View) index() {
	v.orders = make(map[SortKey][]*Entry, len(SortKeys()))
	for _, key := range SortKeys() {
		v.orders[key] = ordered(key, v.entries)
	}
	v.entries = v.orders[ByNotAfter]
	v.indexPlaces()
	for i, e := range v.entries {
		e.place = int32(i)
		e.search = e.facts.search + "\n" + searchPaths(e)
	}
}

func ordered(key SortKey, entries []*Entry) []*Entry {
	type row struct {
		position
		entry *Entry
	}
	rows := make([]row, len(entries))
	for i, e := range entries {
		rows[i] = row{position{sortText(key, e), e.ID}, e}
	}
	slices.SortFunc(rows, func(a, b row) int { return a.compare(b.position) })
	list := make([]*Entry, len(rows))
	for i, r := range rows {
		list[i] = r.entry
	}
	return list
}

// byEnd orders by the end of validity.
func byEnd(a, b *Entry) int {
	return cmp.Or(a.NotAfter.Compare(b.NotAfter), cmp.Compare(a.ID, b.ID))
}

func searchPaths(e *Entry) string {
	var text strings.Builder
	for _, p := range e.Placements {
		text.WriteString(strings.ToLower(p.Path))
		text.WriteByte('\n')
	}
	return text.String()
}

// token is the place behind which the next page begins.
func token(key SortKey, e *Entry) string {
	return base64.RawURLEncoding.EncodeToString([]byte(string(e.ID) + " " + sortText(key, e)))
}

var errToken = errors.New("it is not a token of a page; begin again at the first page")

func parseAfter(q *Query, text string) error {
	if _, err := parseToken(text); err != nil {
		return err
	}
	q.After = text
	return nil
}

func parseToken(text string) (position, error) {
	decoded, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return position{}, errToken
	}
	id, key, found := strings.Cut(string(decoded), " ")
	if !found || id == "" {
		return position{}, errToken
	}
	return position{key, inventory.ID(id)}, nil
}
