package catalog

import (
	"slices"
	"sort"
	"strings"
)

// Tree is one level of the paths of a source.
type Tree struct {
	Source string
	Path   string
	Counts Counts // of everything at and below Path
	Nodes  []Node // in the order of their names
}

// Node is one name on a level of the tree.
type Node struct {
	Name   string
	Source string
	// Path is the Query.Path for exactly the certificates of the node.
	Path string
	// Parent says that there are paths below the node.
	Parent bool
	Counts Counts
}

// placed is an entry at a path.
type placed struct {
	path  string
	entry *Entry
	at    *Placement
}

func (p placed) counts() bool { return countsFor(p.entry, p.at) }

// indexPlaces lists the entries of each source by path.
func (v *View) indexPlaces() {
	v.places = map[string][]placed{}
	for _, e := range v.entries {
		for i := range e.Placements {
			p := &e.Placements[i]
			v.places[p.Source] = append(v.places[p.Source], placed{p.Path, e, p})
		}
	}
	for _, list := range v.places {
		slices.SortStableFunc(list, func(a, b placed) int { return strings.Compare(a.path, b.path) })
	}
}

// Tree is the level below a path of a source. Without a source, it is the sources.
func (v *View) Tree(source, path string) Tree {
	if source == "" {
		return v.roots()
	}
	t := Tree{Source: source, Path: path, Counts: Counts{}}
	all, nodes := tally{}, map[string]*tallied{}
	prefix := path
	if prefix != "" && !strings.HasSuffix(prefix, "/") {
		prefix += "/"
	}
	for _, p := range v.under(source, path) {
		if !p.counts() {
			continue
		}
		all.add(p.entry)
		rest, isBelow := strings.CutPrefix(p.path, prefix)
		if !isBelow {
			continue // the item with the path itself
		}
		name, parent := firstName(rest, prefix)
		if nodes[name] == nil {
			nodes[name] = &tallied{Node{Name: strings.TrimPrefix(name, "/"), Source: source, Path: prefix + name, Counts: Counts{}}, tally{}}
		}
		nodes[name].Parent = nodes[name].Parent || parent
		nodes[name].tally.add(p.entry)
	}
	t.Counts = all.counts()
	for _, n := range nodes {
		n.Counts = n.tally.counts()
		t.Nodes = append(t.Nodes, n.Node)
	}
	slices.SortFunc(t.Nodes, func(a, b Node) int { return strings.Compare(a.Path, b.Path) })
	return t
}

// roots are the sources as nodes.
func (v *View) roots() Tree {
	t := Tree{Counts: v.Summary().Counts}
	for _, s := range v.sources {
		t.Nodes = append(t.Nodes, Node{Name: s.Name, Source: s.Name, Parent: len(v.places[s.Name]) > 0, Counts: s.Counts})
	}
	return t
}

// tallied is a node while it is counted.
type tallied struct {
	Node
	tally tally
}

// tally counts each entry once.
type tally map[*Entry]struct{}

func (t tally) add(e *Entry) { t[e] = struct{}{} }

func (t tally) counts() Counts {
	counts := Counts{}
	for e := range t {
		counts[e.State]++
	}
	return counts
}

// under are the entries of a source at and below a path.
func (v *View) under(source, path string) []placed {
	list := v.places[source]
	bare := strings.TrimSuffix(path, "/")
	begin := sort.Search(len(list), func(i int) bool { return list[i].path >= bare })
	var found []placed
	for _, p := range list[begin:] {
		if !strings.HasPrefix(p.path, bare) {
			break
		}
		if below(p.path, path) {
			found = append(found, p)
		}
	}
	return found
}

// below tells whether an item's path is the given one, or below it. With a slash at the end it is
// below only. Nothing is below an address.
func below(path, of string) bool {
	if isAddress(of) {
		return path == of
	}
	rest, has := strings.CutPrefix(path, of)
	return has && (of == "" || rest == "" || strings.HasSuffix(of, "/") || rest[0] == '/')
}

// isAddress tells whether a path is an address, whose slashes separate no names.
func isAddress(path string) bool {
	scheme, _, found := strings.Cut(path, "://")
	return found && !strings.Contains(scheme, "/") || strings.HasPrefix(path, endpointKind+" ")
}

// firstName is the first name of a path below a prefix, and whether there are more behind it. A slash
// at the beginning belongs to the name, and an address with its slashes is one name.
func firstName(rest, prefix string) (name string, more bool) {
	if prefix == "" && isAddress(rest) {
		return rest, false
	}
	from := 0
	if strings.HasPrefix(rest, "/") {
		from = 1
	}
	if i := strings.IndexByte(rest[from:], '/'); i >= 0 {
		return rest[:from+i], true
	}
	return rest, false
}
