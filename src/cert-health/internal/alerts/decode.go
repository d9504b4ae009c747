package alerts

import (
	"encoding"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"cert-health/internal/strict"
)

// decoder fills structs from JSON. encoding/json's own strict mode stops at the first
// problem, takes keys in any spelling, and has no suggestion to make.
type decoder struct{ problems []string }

func (d *decoder) decode(contents []byte, into any) {
	if !json.Valid(contents) {
		d.problems = append(d.problems, "they are not JSON")
		return
	}
	d.value(contents, reflect.ValueOf(into).Elem(), "")
}

func (d *decoder) fail(path, format string, values ...any) {
	if path == "" {
		path = "the whole"
	}
	d.problems = append(d.problems, path+" "+fmt.Sprintf(format, values...))
}

func (d *decoder) value(raw json.RawMessage, target reflect.Value, path string) {
	if string(raw) == "null" {
		return // a property without a value leaves the default
	}
	if text, ok := target.Addr().Interface().(encoding.TextUnmarshaler); ok {
		d.text(raw, text, path)
		return
	}
	switch target.Kind() {
	case reflect.Struct:
		d.mapping(raw, target, path)
	case reflect.Slice:
		d.list(raw, target, path)
	case reflect.Map:
		d.free(raw, target, path)
	case reflect.Int:
		d.plain(raw, target, path, "a whole number")
	default:
		d.plain(raw, target, path, "a text")
	}
}

// plain leaves it to encoding/json. Its error would quote the value.
func (d *decoder) plain(raw json.RawMessage, target reflect.Value, path, form string) {
	if json.Unmarshal(raw, target.Addr().Interface()) != nil {
		d.fail(path, "must be %s", form)
	}
}

func (d *decoder) text(raw json.RawMessage, target encoding.TextUnmarshaler, path string) {
	var text string
	if json.Unmarshal(raw, &text) != nil {
		d.fail(path, "must be a text, as in \"90s\"")
	} else if err := target.UnmarshalText([]byte(text)); err != nil {
		d.fail(path, "%s", err.Error())
	}
}

func (d *decoder) list(raw json.RawMessage, target reflect.Value, path string) {
	var items []json.RawMessage
	if json.Unmarshal(raw, &items) != nil {
		d.fail(path, "must be a list")
		return
	}
	target.Set(reflect.MakeSlice(target.Type(), len(items), len(items)))
	for i, item := range items {
		d.value(item, target.Index(i), fmt.Sprintf("%s[%d]", path, i))
	}
}

// free is a mapping whose keys are the operator's.
func (d *decoder) free(raw json.RawMessage, target reflect.Value, path string) {
	var items map[string]json.RawMessage
	if json.Unmarshal(raw, &items) != nil {
		d.fail(path, "must be a mapping of names to texts")
		return
	}
	target.Set(reflect.MakeMapWithSize(target.Type(), len(items)))
	for _, key := range slices.Sorted(maps.Keys(items)) {
		item := reflect.New(target.Type().Elem()).Elem()
		d.value(items[key], item, path+"."+key)
		target.SetMapIndex(reflect.ValueOf(key), item)
	}
}

func (d *decoder) mapping(raw json.RawMessage, target reflect.Value, path string) {
	var items map[string]json.RawMessage
	if json.Unmarshal(raw, &items) != nil {
		d.fail(path, "must be a mapping of keys to values")
		return
	}
	known := keysOf(target)
	for _, key := range slices.Sorted(maps.Keys(items)) {
		below := strings.TrimPrefix(path+"."+key, ".")
		if field, ok := known[key]; ok {
			d.value(items[key], field, below)
		} else {
			d.fail(below, "is not a known key%s", strict.Hint(key, slices.Sorted(maps.Keys(known))))
		}
	}
}

// keysOf maps the keys of a struct to its fields, embedded structs included.
func keysOf(target reflect.Value) map[string]reflect.Value {
	keys := map[string]reflect.Value{}
	for i := range target.NumField() {
		if field := target.Type().Field(i); field.Anonymous {
			maps.Copy(keys, keysOf(target.Field(i)))
		} else {
			keys[field.Tag.Get("json")] = target.Field(i)
		}
	}
	return keys
}
