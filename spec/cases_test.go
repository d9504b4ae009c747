package spec_test

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/cloudfoundry/bosh-utils/property"
)

// cases are what spec/properties holds for a job: what an operator may write,
// and what not.
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
	Refused  string // by whom: template or loader
	Says     string // a part of what the operator reads
}

func casesOf(j job) (c cases) {
	parse(filepath.Join("properties", j.Name+".yml"), &c)
	return c
}

// untried are the properties of the job that no good case sets.
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
