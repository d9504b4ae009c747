package client

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
)

// Values are all values of one version of a secret, private keys included, for a command that changes the secret.
// They never print. Who has read them wipes them.
type Values struct {
	// Version is the number of the current version in an engine of KV version 2, a deleted one too. It is 0 if there
	// was never one, and in an engine of version 1.
	Version int
	Exists  bool // false: there is nothing, or it is deleted

	values fields // each in a buffer of its own
}

// NewValues are those of a secret that does not exist yet.
func NewValues() *Values { return &Values{values: fields{}} }

// Format prints no value, for every verb.
func (v *Values) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "{values of a secret}") }

// MarshalJSON writes no value.
func (v *Values) MarshalJSON() ([]byte, error) { return []byte(`"***"`), nil }

// Keys are the names of the values, in order.
func (v *Values) Keys() []string { return slices.Sorted(maps.Keys(v.values)) }

// Has tells whether there is a value with a name.
func (v *Values) Has(key string) bool { return v.values[key] != nil }

// Text is a value that is a string, in a buffer of its own that the caller wipes. It is nil if there is none, or if the
// value is of another type.
func (v *Values) Text(key string) []byte { return unquote(v.values[key]) }

// SetText sets a value. It keeps nothing of text.
func (v *Values) SetText(key string, text []byte) {
	clear(v.values[key])
	v.values[key] = quote(text)
}

// Clone copies all values.
func (v *Values) Clone() *Values {
	c := &Values{Version: v.Version, Exists: v.Exists, values: fields{}}
	for key, value := range v.values {
		c.values[key] = bytes.Clone(value)
	}
	return c
}

// Wipe overwrites all values.
func (v *Values) Wipe() {
	if v == nil {
		return
	}
	for _, value := range v.values {
		clear(value)
	}
	v.values = fields{}
}

// Same tells whether both have the same values, however they are encoded.
func (v *Values) Same(other *Values) bool {
	return v.Exists == other.Exists && maps.EqualFunc(v.values, other.values, sameValue)
}

func sameValue(x, y json.RawMessage) bool {
	if bytes.Equal(x, y) {
		return true
	}
	a, b := unquote(x), unquote(y)
	defer clear(a)
	defer clear(b)
	return a != nil && b != nil && bytes.Equal(a, b)
}

// parse copies the values of an answer, which the caller wipes.
func (v *Values) parse(m Mount, body []byte) error {
	if tooMany(body, maxValues) {
		return rejected("it has more than %d values and is not read: split this secret", maxValues)
	}
	contents, err := decodeSecret(m, body)
	v.Version, v.values = contents.Metadata.Version, contents.Data // json.RawMessage copies
	v.Exists = contents.Data != nil
	if v.values == nil {
		v.values = fields{}
	}
	if err != nil {
		v.Wipe()
		return errLayout // the error of the decoder may quote a value
	}
	return nil
}

// encode is the body of a request that writes the values. The caller wipes it.
func (v *Values) encode(m Mount) []byte {
	var body bytes.Buffer
	body.Grow(v.size())
	if m.Version == 2 {
		fmt.Fprintf(&body, `{"options":{"cas":%d},"data":`, v.Version)
	}
	body.WriteByte('{')
	for i, key := range v.Keys() {
		if i > 0 {
			body.WriteByte(',')
		}
		body.Write(quote([]byte(key)))
		body.WriteByte(':')
		body.Write(v.values[key])
	}
	body.WriteByte('}')
	if m.Version == 2 {
		body.WriteByte('}')
	}
	return body.Bytes()
}

// size is at least the length of the encoding, so that its buffer never moves and leaves a copy behind.
func (v *Values) size() int {
	size := 100
	for key, value := range v.values {
		size += 6*len(key) + len(value) + 4
	}
	return size
}
