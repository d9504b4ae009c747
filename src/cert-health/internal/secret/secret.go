// Package secret holds values that must never be printed: passwords, tokens, secret ids.
package secret

import "fmt"

// Value is a string that prints as stars. Every verb of package fmt, JSON, YAML and text
// encodings show the stars; only Reveal shows the string.
//
// The string is behind a pointer because fmt reads the fields of a struct without calling
// their methods where a field is not exported, and because it calls no method for %p. In both
// cases it prints the pointer's address. A named string type would be printed.
type Value struct{ text *string }

const stars = "***"

// New returns a value that holds the text. Two empty values are equal with ==.
func New(text string) Value {
	if text == "" {
		return Value{}
	}
	return Value{&text}
}

// Reveal returns the text.
func (v Value) Reveal() string {
	if v.text == nil {
		return ""
	}
	return *v.text
}

// IsZero reports whether the text is empty.
func (v Value) IsZero() bool { return v.text == nil }

// Equal reports whether both values hold the same text.
func (v Value) Equal(other Value) bool { return v.Reveal() == other.Reveal() }

// String hides the text.
func (v Value) String() string { return stars }

// Format hides the text from every verb of package fmt.
func (v Value) Format(state fmt.State, _ rune) { _, _ = state.Write([]byte(stars)) }

// MarshalText hides the text from JSON, structured logs and other encodings.
func (v Value) MarshalText() ([]byte, error) { return []byte(stars), nil }

// MarshalYAML hides the text from YAML.
func (v Value) MarshalYAML() (any, error) { return stars, nil }

// UnmarshalText takes the text from a file.
func (v *Value) UnmarshalText(text []byte) error {
	*v = New(string(text))
	return nil
}
