package client

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"cert-health/internal/budget"
	"cert-health/internal/cert"
	"cert-health/internal/extract"
	"cert-health/internal/extract/found"
)

// fields are the values of a secret as they are encoded in the answer. They are slices that can
// be wiped; decoded strings cannot.
type fields map[string]json.RawMessage

// versioned is a secret of KV version 2, which has its fields one level deeper.
type versioned struct {
	Data     fields `json:"data"`
	Metadata struct {
		Version  int    `json:"version"`
		Created  string `json:"created_time"`
		Deletion string `json:"deletion_time"`
	} `json:"metadata"`
}

// errLayout says that an answer is not a secret of this version of the KV engine.
var errLayout = errors.New("the answer does not have the layout of a secret")

// decodeSecret takes the values and their version from an answer. What it has decoded before an error is there, so that
// the caller can wipe it.
func decodeSecret(m Mount, body []byte) (contents versioned, err error) {
	if m.Version == 1 {
		err = json.Unmarshal(body, &struct {
			Data *fields `json:"data"`
		}{&contents.Data})
	} else {
		err = json.Unmarshal(body, &struct {
			Data *versioned `json:"data"`
		}{&contents})
	}
	return contents, err
}

func parseSecret(m Mount, body []byte, extractor *extract.Extractor) (SecretVersion, error) {
	if tooMany(body, maxValues) {
		return SecretVersion{}, rejected("it has more than %d values and is not read: split this secret", maxValues)
	}
	contents, err := decodeSecret(m, body)
	read := SecretVersion{
		Version: contents.Metadata.Version,
		Created: moment(contents.Metadata.Created), DeletedAt: moment(contents.Metadata.Deletion),
	}
	read.Keyless = len(contents.Data["key"]) <= len(`""`)
	list := read.readList(contents.Data[crlKey])
	read.search(contents.Data, extractor) // wipes all values
	read.revocations(list)
	if err != nil {
		// The error of the decoder may quote the value.
		return read, errLayout
	}
	return read, nil
}

// maxNesting is the depth to which objects and lists get their own names. Deeper
// values are searched together, as one string.
const maxNesting = 16

// search searches all values for certificates. A value within an object has the names of both,
// joined by a dot; the values of a list have the name of the list.
func (s *SecretVersion) search(values fields, extractor *extract.Extractor) {
	s.object("", values, extractor, 0)
}

func (s *SecretVersion) object(prefix string, values fields, extractor *extract.Extractor, depth int) {
	for _, key := range values.keys() {
		if private(key) {
			clear(values[key])
			continue
		}
		s.value(prefix+key, values[key], extractor, depth)
	}
}

// value searches one value and wipes it.
func (s *SecretVersion) value(name string, value json.RawMessage, extractor *extract.Extractor, depth int) {
	defer clear(value)
	if len(value) < 2 {
		return
	}
	within := value[1 : len(value)-1]
	switch {
	case value[0] == '{' && depth < maxNesting:
		var values fields
		if json.Unmarshal(value, &values) == nil {
			s.object(name+".", values, extractor, depth+1)
		}
	case value[0] == '[' && depth < maxNesting && bytes.ContainsAny(within, "{["):
		var items []json.RawMessage
		if json.Unmarshal(value, &items) == nil {
			for _, item := range items {
				s.value(name, item, extractor, depth+1)
			}
		}
	case value[0] == '"', value[0] == '[', value[0] == '{':
		s.text(name, within, extractor)
	}
}

// text searches a string, or a list of strings. They are still encoded as JSON; the parsers
// understand escaped line breaks.
func (s *SecretVersion) text(name string, value []byte, extractor *extract.Extractor) {
	result := extractor.Value(value)
	s.add(name, &result)
	for _, broken := range result.Broken {
		if strings.Contains(broken.Reason, budget.ErrRefused.Error()) {
			continue // read reports it once for the secret
		}
		if len(s.Broken) == maxBroken {
			return
		}
		s.Broken = append(s.Broken, fmt.Sprintf("its key %q contains a certificate that cannot be read: %s", name, broken.Reason))
	}
}

// add adds the certificates under a key, each once, in the order of their names.
func (s *SecretVersion) add(key string, result *found.Result) {
	var within []string
	named := map[string][]*cert.Certificate{}
	for _, f := range result.Certificates {
		name := result.NameOf(f)
		if named[name] == nil {
			within = append(within, name)
		}
		if !slices.Contains(named[name], f.Certificate) {
			named[name] = append(named[name], f.Certificate)
		}
	}
	for _, name := range within {
		same := func(c Contents) bool { return slices.Equal(c.Certificates, named[name]) }
		if !slices.ContainsFunc(s.Contents, same) {
			s.Contents = append(s.Contents, Contents{Key: key, Within: name, Certificates: named[name]})
		}
	}
}

// keys returns the keys in order, with `certificate` first: the layout of safe contains each
// certificate twice, and people know it by that key.
func (f fields) keys() []string {
	keys := make([]string, 0, len(f))
	for key := range f {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b string) int {
		switch {
		case a == b:
			return 0
		case a == "certificate":
			return -1
		case b == "certificate":
			return 1
		}
		return strings.Compare(a, b)
	})
	return keys
}

// private tells whether a key is the usual name of a private key. Its value is not searched.
func private(key string) bool {
	switch strings.ToLower(strings.NewReplacer("-", "", "_", "").Replace(key)) {
	case "key", "privatekey", "keypem", "tlskey":
		return true
	}
	return false
}
