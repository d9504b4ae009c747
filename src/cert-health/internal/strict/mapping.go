package strict

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

func (d *decoder) list(node *yaml.Node, target reflect.Value, path string) {
	if node.Kind != yaml.SequenceNode {
		d.fail(node, path, " must be a list")
		return
	}
	target.Set(reflect.MakeSlice(target.Type(), len(node.Content), len(node.Content)))
	for i, item := range node.Content {
		d.value(item, target.Index(i), fmt.Sprintf("%s[%d]", path, i))
	}
}

func (d *decoder) mapping(node *yaml.Node, target reflect.Value, path string) {
	known := keysOf(target)
	d.each(node, path, " must be a mapping of keys to values", func(key, value *yaml.Node, below string) {
		if field, ok := known[key.Value]; ok {
			d.value(value, field, below)
		} else {
			d.fail(key, below, " is not a known key%s", Hint(key.Value, slices.Sorted(maps.Keys(known))))
		}
	})
}

// names reads a mapping whose keys the operator chooses.
func (d *decoder) names(node *yaml.Node, target reflect.Value, path string) {
	target.Set(reflect.MakeMap(target.Type()))
	d.each(node, path, " must be a mapping of names to strings", func(key, value *yaml.Node, below string) {
		item := reflect.New(target.Type().Elem()).Elem()
		d.value(value, item, below)
		target.SetMapIndex(reflect.ValueOf(key.Value), item)
	})
}

// each calls a function with each key of a mapping once.
func (d *decoder) each(node *yaml.Node, path, otherwise string, call func(key, value *yaml.Node, below string)) {
	if node.Kind != yaml.MappingNode {
		d.fail(node, path, "%s", otherwise)
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key := node.Content[i]
		below := strings.TrimPrefix(path+"."+key.Value, ".")
		if seen[key.Value] {
			d.fail(key, below, " appears twice")
			continue
		}
		seen[key.Value] = true
		call(key, node.Content[i+1], below)
	}
}

// keysOf maps the keys of a struct to its fields, those of embedded structs included.
func keysOf(target reflect.Value) map[string]reflect.Value {
	keys := map[string]reflect.Value{}
	for i := range target.NumField() {
		field := target.Type().Field(i)
		name, options, _ := strings.Cut(field.Tag.Get("yaml"), ",")
		switch {
		case options == "inline", field.Anonymous && name == "":
			maps.Copy(keys, keysOf(target.Field(i)))
		case name != "" && name != "-":
			keys[name] = target.Field(i)
		}
	}
	return keys
}
