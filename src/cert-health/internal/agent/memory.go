package agent

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"cert-health/internal/alert"
	"cert-health/internal/cert"
	"cert-health/internal/reference"
)

// memory is what the agent keeps from run to run, so that a restart while Vault
// is down costs no knowledge, and one while a certificate is expired no second
// alert. It holds public data only, about this VM's certificates only.
type memory struct {
	CheckedAt  time.Time             `json:"checked_at,omitzero"` // when Vault last answered
	References map[string]remembered `json:"references,omitempty"`
	Alerts     map[alert.Class]sent  `json:"alerts,omitempty"`
}

// remembered is a cert.Reference on disk.
type remembered struct {
	State           cert.ReferenceState `json:"state"`
	Mount           string              `json:"mount,omitempty"`
	Path            string              `json:"path,omitempty"`
	Key             string              `json:"key,omitempty"`
	DeployedVersion int                 `json:"deployed_version,omitempty"`
	CurrentVersion  int                 `json:"current_version,omitempty"`
	Since           time.Time           `json:"since,omitzero"`
	NotBefore       time.Time           `json:"not_before,omitzero"` // of what the store holds
	NotAfter        time.Time           `json:"not_after,omitzero"`
	Candidates      []string            `json:"candidates,omitempty"`
}

// sent is an alert that was handed over.
type sent struct {
	Key string    `json:"key"` // of what it said
	At  time.Time `json:"at"`
}

// recall reads the memory. One that is missing is empty, and so is one that
// cannot be read, of which the error tells.
func recall(path string) (memory, error) {
	m := memory{Alerts: map[alert.Class]sent{}}
	contents, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return m, nil
	}
	if err == nil {
		err = json.Unmarshal(contents, &m)
	}
	if err != nil {
		return memory{Alerts: map[alert.Class]sent{}}, fmt.Errorf("read what was remembered: %w", err)
	}
	if m.Alerts == nil {
		m.Alerts = map[alert.Class]sent{}
	}
	return m, nil
}

func (m memory) save(path string) error {
	contents, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return replace(path, append(contents, '\n'))
}

// learn takes over what a store that answered has said.
func (m *memory) learn(c comparison) {
	m.CheckedAt = c.snapshot.CheckedAt
	m.References = make(map[string]remembered, len(c.references))
	for fingerprint, r := range c.references {
		kept := remembered{
			State: r.State, Mount: r.Mount, Path: r.Path, Key: r.Key, DeployedVersion: r.DeployedVersion,
			CurrentVersion: r.CurrentVersion, Since: r.Since, Candidates: r.Candidates,
		}
		if r.Held != nil {
			kept.NotBefore, kept.NotAfter = r.Held.NotBefore, r.Held.NotAfter
		}
		m.References[fingerprint.String()] = kept
	}
}

// comparison is what is remembered of the store, which is unavailable for the
// reason given.
func (m memory) comparison(why string) comparison {
	c := comparison{
		snapshot:   &reference.Snapshot{Source: "vault", State: reference.Unavailable, CheckedAt: m.CheckedAt, Error: why},
		references: make(map[cert.Fingerprint]cert.Reference, len(m.References)),
	}
	for name, r := range m.References {
		fingerprint, err := cert.ParseFingerprint(name)
		if err != nil {
			continue // not of our writing
		}
		reference := cert.Reference{
			State: r.State, Mount: r.Mount, Path: r.Path, Key: r.Key, DeployedVersion: r.DeployedVersion,
			CurrentVersion: r.CurrentVersion, Since: r.Since, Candidates: r.Candidates,
		}
		if !r.NotAfter.IsZero() {
			reference.Held = &cert.Certificate{NotBefore: r.NotBefore, NotAfter: r.NotAfter}
		}
		c.references[fingerprint] = reference
	}
	return c
}
