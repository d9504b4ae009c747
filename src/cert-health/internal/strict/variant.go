package strict

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// Variant is a mapping whose keys depend on the word that one of them has.
type Variant interface {
	// Words returns that key, and the words that it may have.
	Words() (key string, words []string)
	// Keys returns a pointer to a struct with all keys of a mapping with this word, the one of
	// Words included. The document is read into it.
	Keys(word string) any
}

func (d *decoder) variant(node *yaml.Node, into Variant, path string) {
	key, words := into.Words()
	if node.Kind != yaml.MappingNode {
		d.fail(node, path, " must be a mapping of keys to values")
		return
	}
	chosen := wordOf(node, key)
	below := strings.TrimPrefix(path+"."+key, ".")
	switch {
	case chosen == nil:
		d.fail(node, below, " is missing: it must be one of %s", strings.Join(words, ", "))
	case !slices.Contains(words, chosen.Value):
		d.fail(chosen, below, " must be one of %s%s", strings.Join(words, ", "), Hint(chosen.Value, words))
	default:
		d.mapping(node, reflect.ValueOf(into.Keys(chosen.Value)).Elem(), path)
	}
}

// wordOf returns the value of a key of a mapping, nil without one.
func wordOf(node *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(node.Content); i += 2 {
		value := node.Content[i+1]
		if value.Kind == yaml.AliasNode {
			value = value.Alias
		}
		if node.Content[i].Value == key && value.Tag != "!!null" {
			return value
		}
	}
	return nil
}

// Item is the path of an item of a list: "sources[0]".
func Item(path string, index int) string { return fmt.Sprintf("%s[%d]", path, index) }

// Below returns problems of a part of the settings with the path of the part before each.
func (p Problems) Below(path string) Problems {
	below := make(Problems, len(p))
	for i, problem := range p {
		below[i] = path + "." + problem
	}
	return below
}
