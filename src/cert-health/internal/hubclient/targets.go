package hubclient

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"cert-health/internal/atomicfile"
	"cert-health/internal/secret"
)

// Target is a hub that an operator uses.
type Target struct {
	Name    string
	URL     string
	CACert  string // PEM
	User    string
	Token   secret.Value
	Expires time.Time // of the token; zero if it is not known
}

// Targets are all hubs of an operator, in a file that only the operator may read.
type Targets struct {
	Current string
	All     []Target
	file    string
}

// kept is the form of the file. It is the only place where a token is written.
type kept struct {
	Current string       `json:"current,omitempty"`
	Targets []keptTarget `json:"targets"`
}

type keptTarget struct {
	Name    string    `json:"name"`
	URL     string    `json:"url"`
	CACert  string    `json:"ca_cert,omitempty"`
	User    string    `json:"user,omitempty"`
	Token   string    `json:"token,omitempty"`
	Expires time.Time `json:"expires,omitzero"`
}

// maxTargets limits the size of the file.
const maxTargets = 1 << 20

// File is where targets are kept, below the directories of the environment.
func File(env func(string) string) (string, error) {
	dir := env("XDG_CONFIG_HOME")
	if !filepath.IsAbs(dir) {
		if dir = env("HOME"); !filepath.IsAbs(dir) {
			return "", errors.New("there is no place for the hubs: set HOME or XDG_CONFIG_HOME to a directory")
		}
		dir = filepath.Join(dir, ".config")
	}
	return filepath.Join(dir, "cert-health", "hub.json"), nil
}

// Load reads the targets. There are none if the file does not exist.
func Load(file string) (*Targets, error) {
	t := &Targets{file: file}
	info, err := os.Stat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return t, nil
	case err == nil && info.Mode().Perm()&0o077 != 0:
		return nil, fmt.Errorf("%s can be read by others, and it holds tokens: run chmod 600 %s", file, file)
	}
	contents, err := atomicfile.ReadRegular(file, maxTargets)
	if err != nil {
		return nil, fmt.Errorf("read the hubs: %w", err)
	}
	var k kept
	if json.Unmarshal(contents, &k) != nil {
		return nil, fmt.Errorf("%s is not valid JSON: remove it, and log in again", file)
	}
	t.Current = k.Current
	for _, own := range k.Targets {
		t.All = append(t.All, Target{own.Name, own.URL, own.CACert, own.User, secret.New(own.Token), own.Expires})
	}
	return t, nil
}

// Save writes the targets.
func (t *Targets) Save() error {
	k := kept{Current: t.Current}
	for _, own := range t.All {
		k.Targets = append(k.Targets, keptTarget{own.Name, own.URL, own.CACert, own.User, own.Token.Reveal(), own.Expires})
	}
	contents, err := json.MarshalIndent(k, "", "  ")
	if err != nil {
		return fmt.Errorf("encode the hubs: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(t.file), 0o700); err != nil {
		return fmt.Errorf("make the directory for the hubs: %w", err)
	}
	if err := atomicfile.Write(t.file, 0o600, append(contents, '\n')); err != nil {
		return fmt.Errorf("keep the hubs: %w", err)
	}
	return nil
}

// Find returns a target by its name or URL; nil without one. Without a name it is the current one.
func (t *Targets) Find(name string) *Target {
	if name == "" {
		name = t.Current
	}
	i := slices.IndexFunc(t.All, func(own Target) bool { return own.Name == name || own.URL == name })
	if i < 0 {
		return nil
	}
	return &t.All[i]
}

// Put adds a target or replaces the one of that name, and makes it the current one.
func (t *Targets) Put(own Target) {
	t.Current = own.Name
	if old := t.Find(own.Name); old != nil {
		*old = own
		return
	}
	t.All = append(t.All, own)
}

// Remove removes a target. It returns false if there is none.
func (t *Targets) Remove(name string) bool {
	own := t.Find(name)
	if name == "" || own == nil {
		return false
	}
	removed := own.Name
	t.All = slices.DeleteFunc(t.All, func(own Target) bool { return own.Name == removed })
	if t.Current == removed {
		t.Current = ""
	}
	return true
}
