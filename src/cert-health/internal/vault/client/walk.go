package client

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// maxDepth is the deepest nesting of directories that is searched.
const maxDepth = 64

// Visitor has the functions that Walk calls. They are called concurrently. worker is a number
// below Concurrency, and each worker has its own.
type Visitor struct {
	// Secret is called for each secret.
	Secret func(ctx context.Context, worker int, m Mount, path string) error
	// Skip, if set, tells which directories to skip.
	Skip func(directory string) bool
	// Problem is called for what could not be read: a secret or a directory, or the engine if the
	// problem concerns many paths.
	Problem func(path, reason string)
	// Max is the largest number of secrets to visit, and of directories to list. Before is how many
	// of these secrets were visited below other paths.
	Max, Before int

	visited int
	listed  int
}

// Walk visits every secret below a path, which includes the mount and may also be the path of a
// single secret. It goes level by level, so that the memory is bounded by the widest level.
func (c *Client) Walk(ctx context.Context, path string, v *Visitor) {
	m, rest, err := c.FindMount(ctx, path)
	if err != nil {
		v.Problem(strings.Trim(path, "/"), err.Error())
		return
	}
	c.WalkIn(ctx, m, rest, v)
}

// WalkIn visits every secret below a path of a mount, which may also be the path of a single secret.
func (c *Client) WalkIn(ctx context.Context, m Mount, rest string, v *Visitor) {
	v.visited = v.Before
	directories := []string{directory(rest)}
	for depth := 0; len(directories) > 0; depth++ {
		if depth == maxDepth {
			for _, name := range directories {
				v.Problem(m.Path+name, fmt.Sprintf("directories are nested deeper than %d levels: it is not read", maxDepth))
			}
			return
		}
		var secrets []string
		directories, secrets = c.listAll(ctx, m, directories, v)
		if depth == 0 && len(directories)+len(secrets) == 0 && rest != "" {
			secrets = []string{rest} // it may be a secret
		}
		c.visitAll(ctx, m, secrets, v)
	}
}

func directory(path string) string {
	if path == "" {
		return ""
	}
	return path + "/"
}

// listAll lists directories and returns the directories and secrets in them.
func (c *Client) listAll(ctx context.Context, m Mount, directories []string, v *Visitor) (below, secrets []string) {
	var mutex sync.Mutex
	v.listed += len(directories)
	c.Each(ctx, directories, func(_ int, parent string) error {
		names, err := c.List(ctx, m, parent)
		long := len(names)
		names = slices.DeleteFunc(names, func(name string) bool { return len(m.Path)+len(parent)+len(name) > maxPath })
		if long -= len(names); long > 0 {
			v.Problem(m.Path+parent, fmt.Sprintf("%d names in it make paths of more than %d bytes: they are not read", long, maxPath))
		}
		mutex.Lock()
		defer mutex.Unlock()
		for _, name := range names {
			switch {
			case !strings.HasSuffix(name, "/"):
				secrets = appendUpTo(v.Max-v.visited, secrets, parent+name)
			case v.Skip == nil || !v.Skip(parent+name):
				below = appendUpTo(v.Max-v.listed, below, parent+name)
			}
		}
		return err
	}, func(path, reason string) { v.Problem(m.Path+path, reason) })
	if room := max(0, v.Max-v.listed); len(below) > room {
		v.Problem(m.Path, fmt.Sprintf("there are more directories than %s (%d), and the rest is not read: raise it, or name fewer paths", c.name(settingMaxSecrets), v.Max))
		below = below[:room]
	}
	return below, secrets
}

// appendUpTo appends a path unless there is one more already than there is room for: it shows that
// there are too many.
func appendUpTo(room int, paths []string, path string) []string {
	if len(paths) > max(0, room) {
		return paths
	}
	return append(paths, path)
}

func (c *Client) visitAll(ctx context.Context, m Mount, secrets []string, v *Visitor) {
	if room := max(0, v.Max-v.visited); len(secrets) > room {
		v.Problem(m.Path, fmt.Sprintf("there are more secrets than %s (%d), and the rest is not read: raise it, or name fewer paths", c.name(settingMaxSecrets), v.Max))
		secrets = secrets[:room]
	}
	v.visited += len(secrets)
	c.Each(ctx, secrets, func(worker int, path string) error { return v.Secret(ctx, worker, m, path) },
		func(path, reason string) { v.Problem(m.Path+path, reason) })
}

// List returns the names in a directory, whose path is empty or ends with a slash. The names of
// directories end with a slash too.
func (c *Client) List(ctx context.Context, m Mount, directory string) ([]string, error) {
	return c.ListAt(ctx, m.Metadata(directory))
}

// ListAt returns the names in a list of the API. A list without a name does not exist for Vault.
func (c *Client) ListAt(ctx context.Context, path string) ([]string, error) {
	var raw struct {
		Data struct {
			Names []string `json:"keys"`
		} `json:"data"`
	}
	err := c.read(withLimit(ctx, maxList), path, map[string][]string{"list": {"true"}}, &raw)
	if Is(err, NotFound) {
		return nil, nil
	}
	return slices.DeleteFunc(raw.Data.Names, func(name string) bool { return name == "" }), err
}

// Each calls do for every path, with as many workers as the options permit, and calls problem for
// each error. When ctx ends, it calls problem once for all remaining paths.
func (c *Client) Each(ctx context.Context, paths []string, do func(worker int, path string) error, problem func(path, reason string)) {
	var next, left atomic.Int64
	var group sync.WaitGroup
	for worker := range min(len(paths), c.options.Concurrency) {
		group.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(paths) {
					return
				}
				if ctx.Err() != nil {
					left.Add(1)
					continue
				}
				if err := do(worker, paths[i]); err != nil {
					problem(paths[i], err.Error())
				}
			}
		})
	}
	group.Wait()
	if left := left.Load(); left > 0 {
		problem("", fmt.Sprintf("%d paths were not read within %s: raise it, or name fewer paths", left, c.name(settingTimeout)))
	}
}
