// Package strict reads configuration as operators write it: YAML or JSON without unknown
// keys, durations in days, dates, globs, and a suggestion for a mistyped word.
package strict

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// Problems are all faults of a document, as one error. Each begins with the path of a key.
type Problems []string

// Error lists the problems, one a line when there are several.
func (p Problems) Error() string {
	if len(p) == 1 {
		return p[0]
	}
	return fmt.Sprintf("%d problems\n  %s", len(p), strings.Join(p, "\n  "))
}

// Add adds a problem.
func (p *Problems) Add(format string, values ...any) {
	*p = append(*p, fmt.Sprintf(format, values...))
}

// Check adds the error of a check of the key at path, if there is one.
func (p *Problems) Check(path string, err error) {
	if err != nil {
		p.Add("%s: %s", path, err.Error())
	}
}

// Positive adds a problem if the number at path is not greater than 0.
func (p *Problems) Positive(path string, value int64) {
	if value <= 0 {
		p.Add("%s must be greater than 0", path)
	}
}

// OneOf adds a problem if the word at path is not known, and suggests a similar one. It does not
// quote the word: it may be a secret in the wrong line.
func (p *Problems) OneOf(path, word string, known []string) {
	if !slices.Contains(known, word) {
		p.Add("%s must be one of %s%s", path, strings.Join(known, ", "), Hint(word, known))
	}
}

// Settings are a pointer to a struct whose fields have yaml tags. A field without a tag has no key.
// The keys of an embedded struct are keys of the struct that embeds it.
type Settings interface {
	// Problems returns all faults of the values.
	Problems() Problems
}

// YAML reads a document over the values that settings have, and returns all problems. An empty
// document and a key without a value change nothing. No problem quotes a value of the document:
// it may be a secret in the wrong line. A number or a boolean is a valid string.
//
// All keys may be below the one key root, as the properties of a job are. Problems then name the
// path that begins with root.
func YAML(contents []byte, root string, into Settings) Problems {
	var document yaml.Node
	if err := yaml.Unmarshal(contents, &document); err != nil {
		return Problems{"it is not valid YAML: " + syntaxError(err)}
	}
	if document.IsZero() {
		return nil
	}
	d := decoder{lines: strings.Contains(strings.TrimSpace(string(contents)), "\n")}
	return d.settings(document.Content[0], root, into)
}

// JSON is YAML for a document that a program wrote. A string must be one, since a program that
// took it for a number has changed it: 0123 is 83. Problems name no lines.
func JSON(contents []byte, root string, into Settings) Problems {
	document, err := fromJSON(contents)
	if err != nil {
		return Problems{"it is not valid JSON"}
	}
	d := decoder{quoted: true}
	return d.settings(document, root, into)
}

// fromJSON encodes a document again: YAML lacks some escapes of JSON, which encoding/json never
// writes.
func fromJSON(contents []byte) (*yaml.Node, error) {
	if !json.Valid(contents) {
		return nil, errors.New("not valid")
	}
	var parsed any
	reader := json.NewDecoder(bytes.NewReader(contents))
	reader.UseNumber()
	if err := reader.Decode(&parsed); err != nil {
		return nil, err
	}
	again, err := json.Marshal(parsed)
	if err != nil {
		return nil, err
	}
	var document yaml.Node
	if err := yaml.Unmarshal(again, &document); err != nil {
		return nil, err
	}
	return document.Content[0], nil
}

var yamlLine = regexp.MustCompile(`line \d+: [a-z ,]+`)

// syntaxError keeps the line and the library's own words of an error and drops what it may quote.
func syntaxError(err error) string {
	var typeError *yaml.TypeError
	if errors.As(err, &typeError) {
		return "a value has the wrong type"
	}
	if said := yamlLine.FindString(err.Error()); said != "" {
		return strings.TrimSpace(said)
	}
	return "it cannot be parsed"
}
