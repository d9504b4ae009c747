package trust

// Change is what a step cuts and heals: pairs of groups, with their edges, in words.
type Change struct {
	Cuts  []string `json:"cuts"`
	Heals []string `json:"heals"`
}

// Compare compares two surveys of the same platform.
func Compare(before, after *View) Change {
	if before == after {
		return Change{Cuts: []string{}, Heals: []string{}}
	}
	x, y := refusals(before), refusals(after)
	return Change{Cuts: missingFrom(y, x), Heals: missingFrom(x, y)}
}
