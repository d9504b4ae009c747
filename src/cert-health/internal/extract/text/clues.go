package text

import "cert-health/internal/extract/found"

// From more private keys, or runs, than these in one input on it is a collection.
const (
	maxKeys = 100
	maxRuns = 1000
)

// clues gathers what search has found, and what the text tells besides; nil for most
// texts. In a collection, what belongs to what is anybody's guess: none of its keys is
// told.
func (s *textScan) clues() *found.Clues {
	if len(s.keys) > maxKeys || len(s.starts) > maxRuns {
		s.keys = nil
	}
	named := mentions(s.text)
	if len(s.keys) == 0 && len(named) == 0 {
		return nil
	}
	c := &found.Clues{Keys: s.keys, Mentions: named}
	if len(c.Keys) > 0 && len(s.result.Certificates) > 0 {
		c.Labels = labels(s.text, s.starts)
	}
	return c
}

// labels reads the names that stand before the runs.
func labels(text []byte, starts []int) []found.Label {
	list := make([]found.Label, len(starts))
	within := mappings{text: text}
	for i, start := range starts {
		if name, at := nameOf(text, start); len(name) > 0 {
			list[i] = found.Label{Name: string(name), Mapping: within.at(at)}
		}
	}
	return list
}
