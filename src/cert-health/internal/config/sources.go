package config

import (
	"time"

	"cert-health/internal/reference"
	"cert-health/internal/report"
	"cert-health/internal/strict"
	hubsource "cert-health/internal/uplink/source"
	"cert-health/internal/vault/source"
)

// Sources are the settings of all sources. This is the only place that knows which sources
// exist: to add one, add a field with its key, and add the field to list.
type Sources struct {
	Vault   source.Options    `yaml:"vault"`   // without an address, Vault is not compared with
	FromHub hubsource.Options `yaml:",inline"` // reference: hub
}

func (s *Sources) list() []Source { return []Source{&s.Vault, &s.FromHub} }

// Source is what the settings of a source do. The package of the source implements it.
type Source interface {
	// SetDefaults sets what the file may change.
	SetDefaults()
	// Problems returns all faults of the values, each with the path of its key.
	Problems() strict.Problems
	// Open returns the source for a VM, or nil if it is not configured. If it returns an
	// error with a source, the source has a kind and a title, and cannot be asked.
	Open(vm report.Instance, use reference.Use, now func() time.Time) (*reference.Source, error)
}

func (s Sources) withDefaults() Sources {
	for _, source := range s.list() {
		source.SetDefaults()
	}
	return s
}

// Open returns the first configured source, or nil without one. The error is that of Source.Open.
func (s *Sources) Open(vm report.Instance, use reference.Use, now func() time.Time) (*reference.Source, error) {
	for _, source := range s.list() {
		if opened, err := source.Open(vm, use, now); opened != nil {
			return opened, err
		}
	}
	return nil, nil
}

// sources are the settings of all sources. The hub is asked as it is reported to.
func (c *Config) sources() *Sources {
	sources := c.Sources
	sources.FromHub.Hub, sources.FromHub.Vault = c.Hub, source.Remedies{}
	return &sources
}

// OpenSource returns the configured source of a VM, as Sources.Open does.
func (c *Config) OpenSource(vm report.Instance, use reference.Use, now func() time.Time) (*reference.Source, error) {
	return c.sources().Open(vm, use, now)
}

// SourceTitle is the name of the source that is asked, for sentences.
func (c *Config) SourceTitle() string {
	if c.FromHub.Reference == hubsource.Hub {
		return hubsource.Title
	}
	return "Vault"
}
