package web

import (
	"strings"

	"cert-health/hub/internal/catalog"
)

// crumb is one step of the way to a path.
type crumb struct {
	Name, URL string
	Current   bool
}

// node is one name on the level of the tree that is shown.
type node struct {
	Name   string
	URL    string
	Parent bool
	Total  int
	Worst  string // the gravest state below it
}

// mostNodes is how many names one level shows. More are found by searching.
const mostNodes = 60

// treeOf is the level of the tree that the query has drilled down to. All of its links drop the other
// filters: what a count of the tree counts is everything there.
func treeOf(v *catalog.View, q catalog.Query) (crumbs []crumb, nodes []node, further int) {
	if len(q.Sources) > 1 {
		return nil, nil, 0
	}
	source := ""
	if len(q.Sources) == 1 {
		source = q.Sources[0]
		crumbs = crumbsOf(source, q.Path)
	}
	level := v.Tree(source, q.Path)
	for i, n := range level.Nodes {
		if i == mostNodes {
			return crumbs, nodes, len(level.Nodes) - mostNodes
		}
		pairs := []string{"source", n.Source}
		if n.Path != "" {
			pairs = append(pairs, "path", n.Path)
		}
		nodes = append(nodes, node{short(n.Name), listURL(pairs...), n.Parent, n.Counts.Total(), gravest(n.Counts)})
	}
	return crumbs, nodes, 0
}

// gravest is the gravest state that is counted.
func gravest(counts catalog.Counts) string {
	for _, state := range catalog.States() {
		if counts[state] > 0 {
			return string(state)
		}
	}
	return string(catalog.Unverified) // of nothing, nothing is well
}

// crumbsOf is the way from all sources to a path.
func crumbsOf(source, path string) []crumb {
	crumbs := []crumb{{Name: "all sources", URL: "/certificates"}, {Name: short(source), URL: listURL("source", source)}}
	at := ""
	for name := range strings.SplitSeq(strings.TrimSuffix(path, "/"), "/") {
		if name == "" {
			at += "/"
			continue
		}
		at += name
		crumbs = append(crumbs, crumb{Name: short(name), URL: listURL("source", source, "path", at)})
		at += "/"
	}
	crumbs[len(crumbs)-1].Current = true
	return crumbs
}
