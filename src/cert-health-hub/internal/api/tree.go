package api

import (
	"context"

	"cert-health/hub/internal/catalog"
)

// Tree is one level of the paths of a source.
type Tree struct {
	Source string                `json:"source"`
	Path   string                `json:"path"`
	Counts map[catalog.State]int `json:"counts" doc:"of everything at and below the path"`
	Nodes  []Node                `json:"nodes" nullable:"false"`
}

// Node is one name on a level.
type Node struct {
	Name   string                `json:"name"`
	Source string                `json:"source"`
	Path   string                `json:"path" doc:"the parameter path of exactly the certificates of the node"`
	Parent bool                  `json:"parent" doc:"there are paths below it"`
	Counts map[catalog.State]int `json:"counts"`
}

func (s *service) tree(_ context.Context, in *struct {
	Source string `query:"source" maxLength:"500" doc:"a source; without it, the level is that of the sources"`
	Path   string `query:"path" maxLength:"500" doc:"a path of the source"`
}) (*body[Tree], error) {
	v, err := s.view()
	if err != nil {
		return nil, err
	}
	t := v.Tree(in.Source, in.Path)
	answer := Tree{t.Source, t.Path, t.Counts, make([]Node, len(t.Nodes))}
	for i, n := range t.Nodes {
		answer.Nodes[i] = Node{n.Name, n.Source, n.Path, n.Parent, n.Counts}
	}
	return &body[Tree]{answer}, nil
}
