package client

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/vault/api"
)

// Mount is a KV secrets engine.
type Mount struct {
	Path    string // ends with a slash
	Version int    // 1 or 2
}

// Data is the path of the value of a secret in the API.
func (m Mount) Data(path string) string { return m.at("data/", path) }

// Metadata is the path of the metadata of a secret, and of the list of a directory, in the API.
func (m Mount) Metadata(path string) string { return m.at("metadata/", path) }

func (m Mount) at(kind, path string) string {
	if m.Version == 1 {
		kind = ""
	}
	return m.Path + kind + path
}

// mounts are the mounts that Vault has returned.
type mounts struct {
	asking contextMutex // held during a request: others wait for its result
	mutex  sync.Mutex
	known  []knownMount
}

type knownMount struct {
	Mount
	at time.Time
}

// maxMountAge is how long the version of a mount is kept: an engine of version 1 may be upgraded
// to version 2.
const maxMountAge = time.Hour

// find returns the mount that contains path, which ends with a slash.
func (m *mounts) find(path string, now time.Time) (Mount, bool) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	for _, told := range m.known {
		if strings.HasPrefix(path, told.Path) && now.Sub(told.at) < maxMountAge {
			return told.Mount, true
		}
	}
	return Mount{}, false
}

func (m *mounts) add(mount Mount, now time.Time) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	for i := range m.known {
		if m.known[i].Path == mount.Path {
			m.known[i] = knownMount{mount, now}
			return
		}
	}
	m.known = append(m.known, knownMount{mount, now})
}

// FindMount returns the mount that contains path, and the rest of the path. It asks Vault once an
// hour for each mount, unless the options contain the answer.
func (c *Client) FindMount(ctx context.Context, path string) (Mount, string, error) {
	path = strings.Trim(path, "/")
	if path == "" {
		return Mount{}, "", rejected("the path is empty: write it with its mount, as in secret/cf/ca")
	}
	if slices.ContainsFunc(strings.Split(path, "/"), func(name string) bool { return name == "." || name == ".." }) {
		return Mount{}, "", rejected("%q has an element %q or %q, which Vault resolves, so that it would be another path: write the path without them", path, ".", "..")
	}
	if c.options.Version != 0 {
		return c.givenMount(path)
	}
	m, known := c.mounts.find(path+"/", c.options.Now())
	if !known {
		if err := c.mounts.asking.lock(ctx); err != nil {
			return Mount{}, "", c.explain(err)
		}
		defer c.mounts.asking.unlock()
		if m, known = c.mounts.find(path+"/", c.options.Now()); !known {
			var err error
			if m, err = c.askMount(ctx, path); err != nil {
				return Mount{}, "", err
			}
			c.mounts.add(m, c.options.Now())
		}
	}
	return m, strings.Trim(strings.TrimPrefix(path+"/", m.Path), "/"), nil
}

func (c *Client) askMount(ctx context.Context, path string) (Mount, error) {
	var secret *api.Secret
	err := c.do(ctx, func() (err error) {
		secret, err = c.api.Logical().ReadWithContext(ctx, "sys/internal/ui/mounts/"+path)
		return err
	})
	if err != nil {
		return Mount{}, err
	}
	if secret == nil {
		return Mount{}, rejected("Vault does not return the mount of this path: set %s and %s", c.name(settingMount), c.name(settingKVVersion))
	}
	m := Mount{Version: 1}
	m.Path, _ = secret.Data["path"].(string)
	kind, _ := secret.Data["type"].(string)
	if m.Path == "" || kind != "kv" && kind != "generic" {
		return Mount{}, rejected("it is in the secrets engine %q of type %q: set %s to paths in an engine of type kv", m.Path, kind, c.name(settingPaths))
	}
	if options, ok := secret.Data["options"].(map[string]any); ok && options["version"] == "2" {
		m.Version = 2
	}
	return m, nil
}

func (c *Client) givenMount(path string) (Mount, string, error) {
	name := strings.Trim(c.options.Mount, "/")
	if name == "" {
		name, _, _ = strings.Cut(path, "/")
	}
	rest, below := strings.CutPrefix(path+"/", name+"/")
	if !below {
		return Mount{}, "", rejected("the path is not below %[1]s (%[2]s): correct %[3]s or %[1]s", c.name(settingMount), name, c.name(settingPaths))
	}
	return Mount{Path: name + "/", Version: c.options.Version}, strings.Trim(rest, "/"), nil
}
