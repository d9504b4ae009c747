package pairing

import (
	"cmp"
	"path"
	"slices"

	"cert-health/internal/cert"
	"cert-health/internal/extract/found"
)

// group is a set of files that are used together, by their contents.
type group struct {
	certificates []placed
	cas          []placed
	keys         []int // files
}

// add adds the certificates of a file.
func (g *group) add(c *crossing, file []placement) {
	if candidates, ca := c.candidates(file); ca {
		g.cas = append(g.cas, candidates...)
	} else {
		g.certificates = append(g.certificates, candidates...)
	}
}

// evidence is why files count as used together.
type evidence int

// The kinds of evidence, the weaker one first.
const (
	beside    evidence = iota // their names and their directory are the same
	mentioned                 // another file names both
)

// match records the results of matching the group. For files that are only beside each other,
// nothing says which of several certificates belongs to which key.
func (c *crossing) match(g group, by evidence) {
	if len(g.keys) == 0 || len(g.certificates) == 0 {
		return
	}
	var p party
	for _, i := range g.certificates {
		p.certificates = append(p.certificates, c.certificate(i).PublicKey)
	}
	for _, i := range g.keys {
		p.keys = append(p.keys, c.files[i].Clues.Keys[0].Digest)
	}
	o := p.match()
	for i, matched := range o.matched {
		if matched {
			c.matched[g.certificates[i]] = true
		}
	}
	for i, taken := range o.taken {
		if taken && by == mentioned {
			c.taken[g.keys[i]] = true
		}
	}
	differ := func(digest cert.KeyDigest) bool { return digest != p.certificates[0] }
	if by == beside && slices.ContainsFunc(p.certificates, differ) {
		return
	}
	for _, pair := range o.couples {
		c.couples = append(c.couples, couple{g.certificates[pair[0]], g.keys[pair[1]], by})
	}
}

// byMention finds the files that another file names together: under names that match, in one
// mapping. CAs are ignored, because they are named for other purposes.
func (c *crossing) byMention() {
	for i := range c.files {
		mentions := c.files[i].Clues.Mentions
		labels := make([]found.Label, len(mentions))
		order := make([]int, len(mentions))
		for n, m := range mentions {
			labels[n], order[n] = found.Label{Name: stem(m.Name), Mapping: m.Mapping}, n
		}
		slices.SortStableFunc(order, func(a, b int) int {
			return cmp.Or(labels[a].Mapping-labels[b].Mapping, cmp.Compare(labels[a].Name, labels[b].Name))
		})
		for len(order) > 0 {
			end := slices.IndexFunc(order, func(n int) bool { return labels[n] != labels[order[0]] })
			if end < 0 {
				end = len(order)
			}
			var g group
			for _, n := range order[:end] {
				g.add(c, c.in(mentions[n].Path))
				g.keys = append(g.keys, c.keyIn(mentions[n].Path)...)
			}
			c.match(g, mentioned)
			order = order[end:]
		}
	}
}

// in returns the certificates in a file without a key.
func (c *crossing) in(file string) []placement {
	from, found := slices.BinarySearchFunc(c.placed, file, func(p placement, file string) int { return cmp.Compare(p.file, file) })
	if !found {
		return nil
	}
	return c.placed[from : from+fileEnd(c.placed[from:])]
}

// fileEnd counts the placements, at least one, that are in the same file as the first.
func fileEnd(placed []placement) int {
	end := slices.IndexFunc(placed, func(p placement) bool { return p.file != placed[0].file })
	if end < 0 {
		return len(placed)
	}
	return end
}

// keyIn returns the file itself if it contains only one key.
func (c *crossing) keyIn(file string) []int {
	at, found := slices.BinarySearchFunc(c.keys, file, func(i int, file string) int { return cmp.Compare(c.files[i].Path, file) })
	if !found {
		return nil
	}
	return c.keys[at : at+1]
}

// sibling is a directory and the stem of a file name in it.
type sibling struct{ dir, stem string }

func siblingOf(file string) sibling { return sibling{path.Dir(file), stem(path.Base(file))} }

// bySibling finds the files in one directory with the same stem: server.crt and server.key.
func (c *crossing) bySibling() {
	groups := make(map[sibling]int, len(c.keys))
	list := make([]group, 0, len(c.keys))
	for _, i := range c.keys {
		name := siblingOf(c.files[i].Path)
		at, known := groups[name]
		if !known {
			at = len(list)
			groups[name] = at
			list = append(list, group{})
		}
		list[at].keys = append(list[at].keys, i)
	}
	for rest := c.placed; len(rest) > 0; {
		end := fileEnd(rest)
		if at, known := groups[siblingOf(rest[0].file)]; known {
			list[at].add(c, rest[:end])
		}
		rest = rest[end:]
	}
	for _, g := range list {
		if len(g.certificates) == 0 {
			g.certificates = g.cas
		}
		c.match(g, beside)
	}
}
