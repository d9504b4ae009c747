package settings

import (
	"regexp"
	"time"

	"cert-health/hub/internal/inventory"
	"cert-health/internal/strict"
)

// Source are the settings of one source: those that all have, and the options of its type.
type Source struct {
	*Common
	Options Options

	open func() (inventory.Source, error)
}

// Open prepares the source. It sends nothing.
func (s Source) Open() (inventory.Source, error) { return s.open() }

// Common are the settings that sources of all types have.
type Common struct {
	Name     string        `yaml:"name"` // unique; it is in every URL and metric
	Type     string        `yaml:"type"`
	Interval time.Duration `yaml:"interval"` // between two collections
	Timeout  time.Duration `yaml:"timeout"`  // of one collection
}

// Options are a pointer to the settings that only the type of the source has.
type Options interface {
	// Problems returns all faults of the values, each with the path of its key.
	Problems() strict.Problems
}

// OwnSource is the name and the type of the source that is the hub's own certificate.
const OwnSource = "hub"

// The limits of the schedule.
const (
	defaultInterval = 30 * time.Minute
	defaultTimeout  = 10 * time.Minute
	leastInterval   = 10 * time.Second
)

// Words implements strict.Variant.
func (s *Source) Words() (key string, words []string) {
	for _, kind := range kinds() {
		words = append(words, kind.name)
	}
	return "type", words
}

// Keys implements strict.Variant.
func (s *Source) Keys(word string) any {
	for _, kind := range kinds() {
		if kind.name == word {
			return kind.keys(s)
		}
	}
	return nil
}

// keyed are all keys of a source whose type has the options O.
type keyed[O any] struct {
	Common `yaml:",inline"`
	Own    O `yaml:",inline"`
}

// kind is a type of sources. keys lets a source have its options, and returns the struct with all
// its keys.
type kind struct {
	name string
	keys func(*Source) any
}

// of is a type of sources with these default options.
func of[O any, P interface {
	*O
	Options
}](name string, defaults O, open func(name string, options O) (inventory.Source, error)) kind {
	return kind{name, func(s *Source) any {
		all := &keyed[O]{Common{Interval: defaultInterval, Timeout: defaultTimeout}, defaults}
		s.Common, s.Options = &all.Common, P(&all.Own)
		s.open = func() (inventory.Source, error) { return open(all.Name, all.Own) }
		return all
	}}
}

func (v *validator) sources(all []Source) {
	seen := map[string]bool{}
	for i, source := range all {
		path := strict.Item("sources", i)
		v.common(path, source.Common, seen)
		v.Problems = append(v.Problems, source.Options.Problems().Below(path)...)
	}
}

// names are what people type, and what stands in URLs and in labels of metrics.
var names = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

func (v *validator) common(path string, c *Common, seen map[string]bool) {
	switch {
	case c.Name == "":
		v.Add("%s.name is missing: it names the source on pages and in URLs", path)
	case !names.MatchString(c.Name):
		v.Add("%s.name must have at most 64 letters, digits, '-', '_' and '.', and begin with a letter or digit", path)
	case c.Name == OwnSource:
		v.Add("%s.name must not be hub: that is the hub's own certificate", path)
	case seen[c.Name]:
		v.Add("%s.name is the name of two sources: each needs its own", path)
	}
	seen[c.Name] = true
	if c.Interval < leastInterval {
		v.Add("%s.interval must be at least 10s", path)
	}
	if c.Timeout <= 0 {
		v.Add("%s.timeout must be longer than 0s", path)
	}
}
