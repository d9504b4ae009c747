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

// Item is an alert item: a finding with its certificate, or a problem.
type Item struct {
	Certificate *Certificate // nil for a problem
	Problem     *Problem     // nil for a certificate
	Finding     Finding
}

// FindingItems returns all findings of all certificates, the gravest first, and of equal ones
// those of a CA before those of what it signed.
func (r *Report) FindingItems() []Item {
	var items []Item
	generations := Generations(r.Certificates)
	for i := range r.Certificates {
		for _, finding := range r.Certificates[i].Findings {
			items = append(items, Item{Certificate: &r.Certificates[i], Finding: finding})
		}
	}
	slices.SortStableFunc(items, func(a, b Item) int {
		return cmp.Or(cmp.Compare(b.Finding.Severity, a.Finding.Severity),
			cmp.Compare(generations[a.Certificate.Fingerprint], generations[b.Certificate.Fingerprint]))
	})
	return items
}

// Items returns the alert items of a class, in the order of FindingItems, problems last.
func (r *Report) Items(class alert.Class) []Item {
	all := r.FindingItems()
	for i := range r.Problems {
		all = append(all, r.Problems[i].Item())
	}
	return slices.DeleteFunc(all, func(i Item) bool {
		own, ok := i.Finding.Code.AlertClass(i.Finding.Severity)
		return !ok || own != class
	})
}

// Key identifies the item on the VM. It does not change while the item exists.
func (i Item) Key() string {
	if p := i.Problem; p != nil {
		return strings.Join([]string{p.File, p.About, string(p.Code)}, " ")
	}
	return i.Certificate.Fingerprint + " " + string(i.Finding.Code)
}

// Jobs are the jobs in whose files the item is, each once.
func (i Item) Jobs() []string {
	if i.Problem != nil {
		return []string{i.Problem.Job}
	}
	var jobs []string
	for _, l := range i.Certificate.Locations {
		if !slices.Contains(jobs, l.Job) {
			jobs = append(jobs, l.Job)
		}
	}
	return jobs
}

// Name is the name of the certificate, or what the problem is about, fit for a terminal. A problem
// with files is about the files of a job.
func (i Item) Name() string { return Short(Printable(Short(i.name()))) }

func (i Item) name() string {
	switch p := i.Problem; {
	case p == nil:
		return i.Certificate.Name
	case p.About != "":
		return p.About
	case p.Job != "":
		return "files of " + p.Job
	}
	return "files"
}

// place is the place of the item; empty if it is in no file.
func (i Item) place() string {
	switch {
	case i.Problem == nil:
		return i.Certificate.Place()
	case i.Problem.File == "":
		return ""
	}
	return i.Problem.Place()
}

// Line is the item in one line for people, without a line end.
func (i Item) Line() string {
	where := ""
	if place := i.place(); place != "" {
		where = " at " + Printable(place)
	}
	return Short(fmt.Sprintf("%s %s%s: %s; next: %s", i.Finding.Severity, Printable(Short(i.name())), where,
		Printable(Short(i.Finding.Sentence())), Printable(Short(i.Finding.Next))))
}

// AlertItem is the item as an alert carries it. A problem has a digest of its key instead
// of a fingerprint: the Health Monitor's plugin identifies items by fingerprints.
func (i Item) AlertItem() alert.Item {
	item := alert.Item{Name: i.name(), Place: i.place(), Message: i.Finding.Sentence(), Next: i.Finding.Next}
	if p := i.Problem; p != nil {
		sum := sha256.Sum256([]byte(i.Key()))
		item.Fingerprint, item.Job = hex.EncodeToString(sum[:])[:alert.FingerprintDigits], p.Job
		item.Place = cmp.Or(item.Place, p.Job)
		return item
	}
	item.Fingerprint, item.Job = i.Certificate.Fingerprint[:alert.FingerprintDigits], i.Certificate.Locations[0].Job
	return item
}

// maxLines is how many lines a status file has.
const maxLines = 200

// Lines are the lines of a status file: one for each item, or for the first ones of each job and
// how many more there are.
func Lines(items []Item) string {
	var lines strings.Builder
	for _, item := range Fair(items, maxLines) {
		lines.WriteString(item.Line() + "\n")
	}
	if more := len(items) - maxLines; more > 0 {
		fmt.Fprintf(&lines, "and %d more: see cert-health status\n", more)
	}
	return lines.String()
}

// Fair returns at most limit of the items, in their order, of which each job has its share.
func Fair(items []Item, limit int) []Item {
	return fairly(items, limit, func(i int) []string { return items[i].Jobs() })
}

// fairly returns at most limit elements of a list, in their order, of which each job has its share.
func fairly[T any](all []T, limit int, jobs func(int) []string) []T {
	if len(all) <= limit {
		return all
	}
	chosen := alert.Turns(len(all), jobs, func(int) int { return 0 })[:limit]
	slices.Sort(chosen)
	list := make([]T, len(chosen))
	for n, i := range chosen {
		list[n] = all[i]
	}
	return list
}
