package spec_test

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/cloudfoundry/bosh-utils/property"
)

// cases are the examples in spec/properties of valid and invalid properties of a job.
type cases struct {
	Good  []goodCase
	Wrong []wrongCase
}

type goodCase struct {
	Because    string
	Properties property.Map
}

type wrongCase struct {
	goodCase `yaml:",inline"`
	Refused  string       // by template or by loader
	Says     string       // a part of the message
	Instead  property.Map // properties that mean what the operator wanted
}

func casesOf(j job) (c cases) {
	parse(filepath.Join("properties", j.Name+".yml"), &c)
	return c
}

// untried lists the properties of the job that no good case sets.
func (c cases) untried(j job) (names []string) {
	for name := range j.Properties {
		if !slices.ContainsFunc(c.Good, func(good goodCase) bool { return sets(good.Properties, name) }) {
			names = append(names, name)
		}
	}
	return names
}

// sets tells whether properties hold a value at a dotted name.
func sets(properties property.Map, name string) bool {
	first, rest, nested := strings.Cut(name, ".")
	value, found := properties[first]
	if !found || !nested {
		return found
	}
	below, isMap := value.(property.Map)
	return isMap && sets(below, rest)
}
