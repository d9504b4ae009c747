package text

import "cert-health/internal/extract/found"

// Text with more private keys, or more runs, is a collection.
const (
	maxKeys = 100
	maxRuns = 1000
)

// clues collects the clues in the text; nil for most texts. The keys of a collection are
// dropped, because nothing tells which certificates they belong to.
func (s *textScan) clues() *found.Clues {
	if len(s.keys) > maxKeys || len(s.starts) > maxRuns {
		s.keys = nil
	}
	named := mentions(s.text, s.parser.Certificates.Account)
	if len(s.keys) == 0 && len(named) == 0 {
		return nil
	}
	c := &found.Clues{Keys: s.keys, Mentions: named}
	if len(c.Keys) > 0 && len(s.result.Certificates) > 0 {
		c.Labels = labels(s.text, s.starts)
	}
	return c
}

// names are the labels alone; nil without certificates.
func (s *textScan) names() *found.Clues {
	if len(s.result.Certificates) == 0 || len(s.starts) > maxRuns {
		return nil
	}
	return &found.Clues{Labels: labels(s.text, s.starts)}
}

// labels reads the names before the runs.
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
