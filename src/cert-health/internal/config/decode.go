package config

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"cert-health/internal/strict"
)

// decoder fills structs from YAML nodes. The library's own strict mode stops
// short of what is promised here: it names Go types instead of paths, has no
// suggestion to make, and quotes values.
type decoder struct{ problems []string }

func (d *decoder) decode(node *yaml.Node, into any) {
	d.value(node, reflect.ValueOf(into).Elem(), "")
}

func (d *decoder) fail(node *yaml.Node, path, format string, values ...any) {
	d.problems = append(d.problems, fmt.Sprintf("%s (line %d) ", path, node.Line)+fmt.Sprintf(format, values...))
}

func (d *decoder) value(node *yaml.Node, target reflect.Value, path string) {
	if node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	if node.Tag == "!!null" && node.Kind == yaml.ScalarNode {
		return // a key without a value leaves the default
	}
	if text, ok := target.Addr().Interface().(encoding.TextUnmarshaler); ok {
		if node.Kind != yaml.ScalarNode {
			d.fail(node, path, "must be a single value")
		} else if err := text.UnmarshalText([]byte(node.Value)); err != nil {
			d.fail(node, path, "%s", err.Error())
		}
		return
	}
	switch target.Kind() {
	case reflect.Struct:
		d.mapping(node, target, path)
	case reflect.Slice:
		d.list(node, target, path)
	case reflect.String:
		if node.Kind != yaml.ScalarNode {
			d.fail(node, path, "must be a text")
			return
		}
		target.SetString(node.Value)
	case reflect.Bool:
		if node.Tag != "!!bool" {
			d.fail(node, path, "must be true or false")
			return
		}
		target.SetBool(node.Value == "true")
	default:
		d.number(node, target, path)
	}
}

func (d *decoder) number(node *yaml.Node, target reflect.Value, path string) {
	number, err := strconv.ParseInt(node.Value, 10, 64)
	if node.Kind != yaml.ScalarNode || err != nil || number < 0 || target.OverflowInt(number) {
		d.fail(node, path, "must be a whole number, not negative")
		return
	}
	target.SetInt(number)
}

func (d *decoder) list(node *yaml.Node, target reflect.Value, path string) {
	if node.Kind != yaml.SequenceNode {
		d.fail(node, path, "must be a list")
		return
	}
	target.Set(reflect.MakeSlice(target.Type(), len(node.Content), len(node.Content)))
	for i, item := range node.Content {
		d.value(item, target.Index(i), fmt.Sprintf("%s[%d]", path, i))
	}
}

func (d *decoder) mapping(node *yaml.Node, target reflect.Value, path string) {
	if node.Kind != yaml.MappingNode {
		d.fail(node, orFile(path), "must be a mapping of keys to values")
		return
	}
	known := keysOf(target)
	seen := map[string]bool{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key := node.Content[i]
		below := strings.TrimPrefix(path+"."+key.Value, ".")
		field, ok := known[key.Value]
		switch {
		case !ok:
			d.fail(key, below, "is not a known key%s", strict.Hint(key.Value, names(known)))
		case seen[key.Value]:
			d.fail(key, below, "is there twice")
		default:
			seen[key.Value] = true
			d.value(node.Content[i+1], field, below)
		}
	}
}

func orFile(path string) string {
	if path == "" {
		return "the file"
	}
	return path
}

// keysOf maps the keys of a struct to its fields, embedded structs included.
func keysOf(target reflect.Value) map[string]reflect.Value {
	keys := map[string]reflect.Value{}
	for i := range target.NumField() {
		name, options, _ := strings.Cut(target.Type().Field(i).Tag.Get("yaml"), ",")
		if options == "inline" {
			for key, field := range keysOf(target.Field(i)) {
				keys[key] = field
			}
			continue
		}
		keys[name] = target.Field(i)
	}
	return keys
}

func names(known map[string]reflect.Value) []string {
	list := make([]string, 0, len(known))
	for name := range known {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}
