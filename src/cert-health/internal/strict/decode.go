package strict

import (
	"encoding"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// decoder fills structs from YAML nodes. The library's own strict mode names Go types
// instead of paths, makes no suggestion, and quotes values.
type decoder struct {
	problems Problems
	lines    bool // problems name them
	quoted   bool // strings must be quoted
}

func (d *decoder) settings(node *yaml.Node, root string, into Settings) Problems {
	path := ""
	if node.Kind == yaml.MappingNode && len(node.Content) == 2 && node.Content[0].Value == root {
		node, path = node.Content[1], root
	}
	if d.value(node, reflect.ValueOf(into).Elem(), path); len(d.problems) > 0 {
		return d.problems
	}
	problems := into.Problems()
	for i := range problems {
		problems[i] = strings.TrimPrefix(path+"."+problems[i], ".")
	}
	return problems
}

func (d *decoder) fail(node *yaml.Node, path, format string, values ...any) {
	if path == "" {
		path = "the document"
	}
	if d.lines {
		path += fmt.Sprintf(" (line %d)", node.Line)
	}
	d.problems = append(d.problems, path+fmt.Sprintf(format, values...))
}

func (d *decoder) value(node *yaml.Node, target reflect.Value, path string) {
	if node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	if node.Tag == "!!null" && node.Kind == yaml.ScalarNode {
		return
	}
	switch into := target.Addr().Interface().(type) {
	case *time.Duration:
		d.duration(node, into, path)
		return
	case Short:
		d.short(node, into, path)
		return
	case *Strings:
		d.strings(node, into, path)
		return
	case encoding.TextUnmarshaler:
		d.text(node, into, path)
		return
	case Variant:
		d.variant(node, into, path)
		return
	}
	switch target.Kind() {
	case reflect.Struct:
		d.mapping(node, target, path)
	case reflect.Map:
		d.names(node, target, path)
	case reflect.Slice:
		d.list(node, target, path)
	case reflect.String:
		if d.isString(node, path) {
			target.SetString(node.Value)
		}
	default:
		d.plain(node, target, path)
	}
}

// isString reports whether a node is a string, and a problem if it is not.
func (d *decoder) isString(node *yaml.Node, path string) bool {
	ok := node.Kind == yaml.ScalarNode && (!d.quoted || node.Tag == "!!str")
	if !ok {
		d.fail(node, path, " must be a string")
	}
	return ok
}

func (d *decoder) text(node *yaml.Node, into encoding.TextUnmarshaler, path string) {
	if !d.isString(node, path) {
		return
	}
	if err := into.UnmarshalText([]byte(node.Value)); err != nil {
		d.fail(node, path, ": %s", err.Error())
	}
}

func (d *decoder) duration(node *yaml.Node, into *time.Duration, path string) {
	parsed, ok := time.Duration(0), false
	if node.Kind == yaml.ScalarNode {
		parsed, ok = parseDuration(node.Value)
	}
	if !ok {
		d.fail(node, path, " is not a valid duration: write 90s, 24h or 30d")
		return
	}
	*into = parsed
}

func (d *decoder) plain(node *yaml.Node, target reflect.Value, path string) {
	switch target.Kind() {
	case reflect.Bool:
		if node.Tag != "!!bool" {
			d.fail(node, path, " must be true or false")
			return
		}
		target.SetBool(strings.EqualFold(node.Value, "true"))
	case reflect.Uint16:
		number, err := strconv.ParseUint(node.Value, 10, 16)
		if node.Kind != yaml.ScalarNode || err != nil {
			d.fail(node, path, " must be a whole number from 0 to 65535")
			return
		}
		target.SetUint(number)
	case reflect.Float64:
		number, err := strconv.ParseFloat(node.Value, 64)
		if node.Kind != yaml.ScalarNode || err != nil || !(number >= 0) || math.IsInf(number, 0) {
			d.fail(node, path, " must be a number, not negative")
			return
		}
		target.SetFloat(number)
	default:
		number, err := strconv.ParseInt(node.Value, 10, 64)
		if node.Kind != yaml.ScalarNode || err != nil || number < 0 || target.OverflowInt(number) {
			d.fail(node, path, " must be a whole number, not negative")
			return
		}
		target.SetInt(number)
	}
}
