package report

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"cert-health/internal/alert"
)

// Item is one finding of a class with what it is about: a certificate, or else what
// the problem names.
type Item struct {
	Certificate *Certificate // nil for a problem
	Problem     *Problem     // nil for a certificate
	Finding     Finding
}

// FindingItems returns every finding of every certificate, the worst first.
func (r *Report) FindingItems() []Item {
	var items []Item
	for i := range r.Certificates {
		for _, finding := range r.Certificates[i].Findings {
			items = append(items, Item{Certificate: &r.Certificates[i], Finding: finding})
		}
	}
	slices.SortStableFunc(items, func(a, b Item) int { return int(b.Finding.Severity - a.Finding.Severity) })
	return items
}

// Items returns what belongs to a class, the worst first.
func (r *Report) Items(class alert.Class) []Item {
	all := r.FindingItems()
	for i := range r.Problems {
		all = append(all, r.Problems[i].Item())
	}
	return slices.DeleteFunc(all, func(c Item) bool {
		own, ok := c.Finding.Code.AlertClass(c.Finding.Severity)
		return !ok || own != class
	})
}

// Key tells an item from all others on the VM, and stays while it lasts.
func (c Item) Key() string {
	if p := c.Problem; p != nil {
		return strings.Join([]string{p.File, p.About, string(p.Code)}, " ")
	}
	return c.Certificate.Fingerprint + " " + string(c.Finding.Code)
}

// Name is what people call its subject, fit for a terminal and a log.
func (c Item) Name() string { return Printable(c.name()) }

func (c Item) name() string {
	if c.Problem != nil {
		return c.Problem.About
	}
	return c.Certificate.Name
}

// place is where its subject stands; empty for what is in no file.
func (c Item) place() string {
	switch {
	case c.Problem == nil:
		return c.Certificate.Place()
	case c.Problem.File == "":
		return ""
	}
	return c.Problem.Place()
}

// Line is the item in one line for people, without an end of line.
func (c Item) Line() string {
	where := ""
	if place := c.place(); place != "" {
		where = " at " + Printable(place)
	}
	return fmt.Sprintf("%s %s%s: %s; next: %s", c.Finding.Severity, c.Name(), where,
		Printable(c.Finding.Sentence()), Printable(c.Finding.Next))
}

// Item is the item in an alert. What is no certificate has a digest of its key for a
// fingerprint, by which the Health Monitor's plugin tells one thing from another.
func (c Item) AlertItem() alert.Item {
	item := alert.Item{Name: c.name(), Place: c.place(), Message: c.Finding.Sentence(), Next: c.Finding.Next}
	if p := c.Problem; p != nil {
		sum := sha256.Sum256([]byte(c.Key()))
		item.Fingerprint, item.Job = hex.EncodeToString(sum[:])[:alert.FingerprintDigits], p.Job
		item.Place = cmp.Or(item.Place, p.Job)
		return item
	}
	item.Fingerprint, item.Job = c.Certificate.Fingerprint[:alert.FingerprintDigits], c.Certificate.Locations[0].Job
	return item
}

// Lines are the items as a status file has them: empty when all is well.
func Lines(items []Item) string {
	var lines strings.Builder
	for _, item := range items {
		lines.WriteString(item.Line() + "\n")
	}
	return lines.String()
}
