package strict

import (
	"encoding"
	"reflect"

	"gopkg.in/yaml.v3"
)

// Short is a mapping that may be written as a string if only its most important key is set.
type Short interface {
	encoding.TextUnmarshaler // reads the string
	// Mapping returns a pointer to the struct with all keys. The document is read into it.
	Mapping() any
}

func (d *decoder) short(node *yaml.Node, into Short, path string) {
	switch node.Kind {
	case yaml.ScalarNode:
		d.text(node, into, path)
	case yaml.MappingNode:
		d.mapping(node, reflect.ValueOf(into.Mapping()).Elem(), path)
	default:
		d.fail(node, path, " must be a string, or a mapping of keys to values")
	}
}
