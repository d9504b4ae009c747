package client

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/hashicorp/vault/api"
)

// maxFolderDepth bounds the nesting of folders in Vault.
const maxFolderDepth = 64

// Visitor is told what a Walk comes by. Its functions are called concurrently, each
// worker with its own number below Concurrency.
type Visitor struct {
	// Secret visits one secret.
	Secret func(ctx context.Context, worker int, m Mount, path string) error
	// Skip, when set, tells which folders not to look into.
	Skip func(folder string) bool
	// Problem is told what could not be seen; path is empty where it is about all.
	Problem func(path, reason string)
	// Max bounds the secrets that are visited in all.
	Max int

	visited int
}

// Walk visits every secret below a path, mount included, which may also be that of a
// single secret: level by level, so that memory is bounded by the widest of them.
func (c *Client) Walk(ctx context.Context, path string, v *Visitor) {
	m, rest, err := c.FindMount(ctx, path)
	if err != nil {
		v.Problem(strings.Trim(path, "/"), err.Error())
		return
	}
	folders := []string{folder(rest)}
	for depth := 0; len(folders) > 0; depth++ {
		if depth == maxFolderDepth {
			for _, folder := range folders {
				v.Problem(m.Path+folder, fmt.Sprintf("folders are nested deeper than %d", maxFolderDepth))
			}
			return
		}
		var secrets []string
		folders, secrets = c.listAll(ctx, m, folders, v)
		if depth == 0 && len(folders)+len(secrets) == 0 && rest != "" {
			secrets = []string{rest} // not a folder: a secret?
		}
		c.visitAll(ctx, m, secrets, v)
	}
}

func folder(path string) string {
	if path == "" {
		return ""
	}
	return path + "/"
}

// listAll lists folders and returns the folders and secrets in them.
func (c *Client) listAll(ctx context.Context, m Mount, folders []string, v *Visitor) (below, secrets []string) {
	var mutex sync.Mutex
	c.Each(ctx, folders, func(_ int, folder string) error {
		names, err := c.List(ctx, m, folder)
		mutex.Lock()
		defer mutex.Unlock()
		for _, name := range names {
			switch {
			case !strings.HasSuffix(name, "/"):
				secrets = append(secrets, folder+name)
			case v.Skip == nil || !v.Skip(folder+name):
				below = append(below, folder+name)
			}
		}
		return err
	}, func(path, reason string) { v.Problem(m.Path+path, reason) })
	return below, secrets
}

func (c *Client) visitAll(ctx context.Context, m Mount, secrets []string, v *Visitor) {
	if room := max(0, v.Max-v.visited); len(secrets) > room {
		v.Problem(m.Path, fmt.Sprintf("there are more secrets than vault.max_secrets (%d); the rest was not read", v.Max))
		secrets = secrets[:room]
	}
	v.visited += len(secrets)
	c.Each(ctx, secrets, func(worker int, path string) error { return v.Secret(ctx, worker, m, path) },
		func(path, reason string) { v.Problem(m.Path+path, reason) })
}

// List names what is in a folder, whose path ends with a slash or is empty;
// folders in it end with one too.
func (c *Client) List(ctx context.Context, m Mount, folder string) ([]string, error) {
	var answer *api.Secret
	err := c.do(ctx, func() (err error) {
		answer, err = c.api.Logical().ListWithContext(ctx, m.Metadata(folder))
		return err
	})
	if err != nil || answer == nil {
		return nil, err
	}
	listed, _ := answer.Data["keys"].([]any)
	var names []string
	for _, name := range listed {
		if name, _ := name.(string); name != "" {
			names = append(names, name)
		}
	}
	return names, nil
}

// Each calls do for every path, on as many workers as the options allow, and tells
// of errors. When ctx ends, the paths left over are told of in one.
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
		problem("", fmt.Sprintf("%d paths were not read within vault.timeout", left))
	}
}
