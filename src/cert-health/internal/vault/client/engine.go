package client

import (
	"context"
	"slices"
	"strings"
)

// Engine is a secrets engine that the token may use.
type Engine struct {
	Mount        // Path begins with the namespace if there is one; Version is 0 unless the type is kv
	Type  string // kv, pki and others
}

// KV tells whether the engine holds secrets that Walk visits.
func (e Engine) KV() bool { return e.Type == "kv" || e.Type == "generic" }

// Engines returns the secrets engines that the token sees, by path. namespace is one below the
// namespace of the client, or empty.
func (c *Client) Engines(ctx context.Context, namespace string) ([]Engine, error) {
	if namespace = strings.Trim(namespace, "/"); namespace != "" {
		namespace += "/"
	}
	var raw struct {
		Data struct {
			Secret map[string]struct {
				Type    string            `json:"type"`
				Options map[string]string `json:"options"`
			} `json:"secret"`
		} `json:"data"`
	}
	if err := c.Get(ctx, namespace+"sys/internal/ui/mounts", &raw); err != nil {
		return nil, err
	}
	var engines []Engine
	for path, told := range raw.Data.Secret {
		e := Engine{Mount{Path: namespace + path}, told.Type}
		if e.KV() {
			e.Version = 1
			if told.Options["version"] == "2" {
				e.Version = 2
			}
		}
		engines = append(engines, e)
	}
	slices.SortFunc(engines, func(a, b Engine) int { return strings.Compare(a.Path, b.Path) })
	return engines, nil
}

// Get reads the answer to a request as JSON. It is for public data: the answer is not wiped. It is
// a Fault of kind NotFound if there is nothing at the path.
func (c *Client) Get(ctx context.Context, path string, into any) error {
	return c.read(ctx, path, nil, into)
}
