package cert

// Clues are what an input tells of private keys and of who is used with whom. They
// are looked for by a Parser with Keys.
type Clues struct {
	Keys []Key // in the order of the input
	// Labels are those of the runs, from the first on. There are none unless
	// certificates and keys stand in the input.
	Labels []Label
	// Mentions are the files that the input names; none if it is just one.
	Mentions []Mention
}

// Label is what a run is called in the file in which it stands.
type Label struct {
	Name string // as written; empty where none can be made out
	// Mapping tells the mappings of a file apart, be they in braces, indented or under
	// a heading. 0 is none at all: the lines of a script or of an environment.
	Mapping int
}

// Mention is a job's file that is named by another.
type Mention struct {
	Label
	Path string
}

// From more private keys, or runs, than these in one input on it is a collection.
const (
	maxKeys = 100
	maxRuns = 1000
)

// clues gathers what search has found, and what the text tells besides; nil for most
// texts. In a collection, what belongs to what is anybody's guess: none of its keys is
// told.
func (s *textScan) clues() *Clues {
	if len(s.keys) > maxKeys || len(s.starts) > maxRuns {
		s.keys = nil
	}
	named := mentions(s.text)
	if len(s.keys) == 0 && len(named) == 0 {
		return nil
	}
	c := &Clues{Keys: s.keys, Mentions: named}
	if len(c.Keys) > 0 && len(s.result.Certificates) > 0 {
		c.Labels = labels(s.text, s.starts)
	}
	return c
}

// labels reads the names that stand before the runs.
func labels(text []byte, starts []int) []Label {
	list := make([]Label, len(starts))
	within := mappings{text: text}
	for i, start := range starts {
		if name, at := nameOf(text, start); len(name) > 0 {
			list[i] = Label{Name: string(name), Mapping: within.at(at)}
		}
	}
	return list
}
