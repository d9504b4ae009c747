package order

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"cert-health/internal/vault/keep"
)

// choose returns the paths that the order is about.
func (j *Job) choose(ctx context.Context) (paths []string, err error) {
	s := j.order.Select
	if !s.Below && !s.Ending {
		return unique(j.order.Paths), nil
	}
	for _, path := range j.order.Paths {
		entries, err := j.entries(ctx, path)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if !s.Ending || e.Certificate.NotAfter.Before(j.clerk.Now().Add(s.Within)) {
				paths = append(paths, e.Full())
			}
		}
	}
	return unique(paths), nil
}

// entries are those at a path, or at and below it.
func (j *Job) entries(ctx context.Context, path string) ([]*keep.Entry, error) {
	if j.order.Select.Below {
		tree := j.clerk.Store.Tree(ctx, []string{path}, j.clerk.Most, j.clerk.Step)
		for _, p := range tree.Problems {
			j.refused = append(j.refused, Refusal(p))
		}
		return tree.Entries, ctx.Err()
	}
	e, err := j.clerk.Store.Entry(ctx, path)
	switch {
	case err != nil:
		return nil, err
	case e == nil:
		return nil, fmt.Errorf("%s has no certificate: correct the path, or use -r for the secrets below it", path)
	}
	return []*keep.Entry{e}, nil
}

func unique(paths []string) (list []string) {
	for _, path := range paths {
		if path = strings.Trim(path, "/"); !slices.Contains(list, path) {
			list = append(list, path)
		}
	}
	return list
}
