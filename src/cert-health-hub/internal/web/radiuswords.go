package web

import (
	"cmp"
	"slices"
	"strings"

	"cert-health/internal/trust"
)

// mostGroupNames is how many instance groups one line names.
const mostGroupNames = 4

// groupsWords names instance groups.
func groupsWords(groups []trust.Group) string {
	var names []string
	for _, g := range groups[:min(mostGroupNames, len(groups))] {
		names = append(names, g.String())
	}
	words := strings.Join(names, ", ")
	if more := len(groups) - mostGroupNames; more > 0 {
		words += " and " + number(more) + " more"
	}
	return words
}

func sortUses(list []use) {
	order := []string{"server", "client", "trusts"}
	slices.SortFunc(list, func(a, b use) int {
		return cmp.Or(cmp.Compare(slices.Index(order, a.As), slices.Index(order, b.As)), strings.Compare(a.From, b.From), strings.Compare(a.To, b.To))
	})
}
