package strict

import (
	"reflect"

	"gopkg.in/yaml.v3"
)

// Strings is a list of strings that may be written as one string if it has only one. An empty string is
// an empty list.
type Strings []string

func (d *decoder) strings(node *yaml.Node, into *Strings, path string) {
	if node.Kind != yaml.ScalarNode {
		d.list(node, reflect.ValueOf(into).Elem(), path)
		return
	}
	if !d.isString(node, path) {
		return
	}
	if *into = nil; node.Value != "" {
		*into = Strings{node.Value}
	}
}
