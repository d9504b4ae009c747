package fleet

import (
	"iter"
	"slices"
	"strings"

	"cert-health/hub/internal/inventory"
)

// Query selects instances. Its zero value selects all, without deleted ones.
type Query struct {
	Deployment, Group, AZ string
	Standings             []inventory.Standing  // any of them; none: all but deleted
	States                []State               // of the worst row, any of them
	Text                  string                // words that all occur in the key, the name or the address
	After                 inventory.InstanceKey // Page.Next of the page before
	Limit                 int                   // 0: DefaultLimit
}

// The number of instances of a page.
const (
	DefaultLimit = 100
	MaxLimit     = 1000
)

// Page is a part of the instances, in the order of deployment, group and index.
type Page struct {
	Instances []*Instance
	Total     int                   // of all pages
	Next      inventory.InstanceKey // for the next page; empty for the last
}

// Instances selects instances.
func (v *View) Instances(q Query) Page {
	var page Page
	limit := q.Limit
	if limit <= 0 {
		limit = DefaultLimit
	}
	limit = min(limit, MaxLimit)
	words := q.words()
	past := q.After == ""
	for _, i := range v.instances {
		if q.selects(i, words) {
			page.Total++
			switch {
			case !past:
			case len(page.Instances) < limit:
				page.Instances = append(page.Instances, i)
			case page.Next == "":
				page.Next = page.Instances[limit-1].Key
			}
		}
		if i.Key == q.After {
			past = true
		}
	}
	return page
}

// Select gives all instances of a query, whatever its page, in the order of Instances.
func (v *View) Select(q Query) iter.Seq[*Instance] {
	words := q.words()
	return func(yield func(*Instance) bool) {
		for _, i := range v.instances {
			if q.selects(i, words) && !yield(i) {
				return
			}
		}
	}
}

func (q *Query) words() []string { return strings.Fields(strings.ToLower(q.Text)) }

func (q *Query) selects(i *Instance, words []string) bool {
	switch {
	case q.Deployment != "" && q.Deployment != i.Deployment,
		q.Group != "" && q.Group != i.Group,
		q.AZ != "" && q.AZ != i.AZ,
		len(q.Standings) == 0 && i.Standing == inventory.Deleted,
		len(q.Standings) > 0 && !slices.Contains(q.Standings, i.Standing),
		len(q.States) > 0 && !slices.Contains(q.States, i.State):
		return false
	}
	if len(words) == 0 {
		return true
	}
	text := strings.ToLower(string(i.Key) + " " + i.Name() + " " + i.Address)
	return !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(text, word) })
}
