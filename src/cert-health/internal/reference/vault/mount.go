package vault

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// mount is a KV secrets engine.
type mount struct {
	path    string // with its trailing slash
	version int    // 1 or 2
}

// data is the API's path of a secret's value.
func (m mount) data(path string) string { return m.api("data/", path) }

// list is the API's path of a folder's listing.
func (m mount) list(path string) string { return m.api("metadata/", path) }

func (m mount) api(kind, path string) string {
	if m.version == 1 {
		kind = ""
	}
	return m.path + kind + path
}

// findMount asks Vault which engine holds path, and returns it with the rest of
// the path, unless the options already say so.
func (s *Source) findMount(ctx context.Context, path string) (mount, string, error) {
	path = strings.Trim(path, "/")
	if s.options.KVVersion != 0 {
		return s.knownMount(path)
	}
	secret, err := s.client.Logical().ReadWithContext(ctx, "sys/internal/ui/mounts/"+path)
	if err != nil {
		return mount{}, "", errors.New(explain(err))
	}
	if secret == nil {
		return mount{}, "", errors.New("its mount is not told by Vault: set vault.mount and vault.kv_version")
	}
	m := mount{version: 1}
	m.path, _ = secret.Data["path"].(string)
	kind, _ := secret.Data["type"].(string)
	if m.path == "" || kind != "kv" && kind != "generic" {
		return mount{}, "", fmt.Errorf("it is in the secrets engine %q of type %q: only kv is searched", m.path, kind)
	}
	if options, ok := secret.Data["options"].(map[string]any); ok && options["version"] == "2" {
		m.version = 2
	}
	return m, strings.TrimPrefix(path+"/", m.path), nil
}

func (s *Source) knownMount(path string) (mount, string, error) {
	name := strings.Trim(s.options.Mount, "/")
	if name == "" {
		name, _, _ = strings.Cut(path, "/")
	}
	rest, below := strings.CutPrefix(path+"/", name+"/")
	if !below {
		return mount{}, "", fmt.Errorf("it is not below vault.mount (%s)", name)
	}
	return mount{path: name + "/", version: s.options.KVVersion}, rest, nil
}
