package pairing

import (
	"cmp"
	"path"
	"slices"

	"cert-health/internal/cert"
	"cert-health/internal/extract/found"
)

// group is a party of files, each by what it holds.
type group struct {
	certificates []placed
	cas          []placed
	keys         []int // files
}

// add takes in the certificates of a file.
func (g *group) add(c *crossing, file []placement) {
	if candidates, ca := c.candidates(file); ca {
		g.cas = append(g.cas, candidates...)
	} else {
		g.certificates = append(g.certificates, candidates...)
	}
}

// match books what comes of matching the group. Side by side, nobody says who of several
// certificates belongs to whom of several keys.
func (c *crossing) match(g group, mentioned bool) {
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
	for i, well := range o.well {
		if well {
			c.well[g.certificates[i]] = true
		}
	}
	for i, taken := range o.taken {
		if taken && mentioned {
			c.taken[g.keys[i]] = true
		}
	}
	differ := func(digest cert.KeyDigest) bool { return digest != p.certificates[0] }
	if !mentioned && slices.ContainsFunc(p.certificates, differ) {
		return
	}
	for _, pair := range o.couples {
		c.couples = append(c.couples, couple{g.certificates[pair[0]], g.keys[pair[1]], mentioned})
	}
}

// byMention finds what the files of the VM name together: with matching names, in one
// mapping. A CA is named there for other purposes.
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
			c.match(g, true)
			order = order[end:]
		}
	}
}

// in are the certificates in a file without a key.
func (c *crossing) in(file string) []placement {
	from, found := slices.BinarySearchFunc(c.placed, file, func(p placement, file string) int { return cmp.Compare(p.file, file) })
	if !found {
		return nil
	}
	return c.placed[from : from+fileEnd(c.placed[from:])]
}

// fileEnd is how many of the placements, at least one, are in the file of the first.
func fileEnd(placed []placement) int {
	end := slices.IndexFunc(placed, func(p placement) bool { return p.file != placed[0].file })
	if end < 0 {
		return len(placed)
	}
	return end
}

// keyIn is the file itself, if it holds one key and nothing else.
func (c *crossing) keyIn(file string) []int {
	at, found := slices.BinarySearchFunc(c.keys, file, func(i int, file string) int { return cmp.Compare(c.files[i].Path, file) })
	if !found {
		return nil
	}
	return c.keys[at : at+1]
}

// sibling is a folder and what the files in it call themselves.
type sibling struct{ folder, stem string }

func siblingOf(file string) sibling { return sibling{path.Dir(file), stem(path.Base(file))} }

// bySibling finds the files that lie side by side and are called alike:
// server.crt and server.key.
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
		c.match(g, false)
	}
}
