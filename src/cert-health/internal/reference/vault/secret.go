package vault

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"cert-health/internal/cert"
)

// maxResponse bounds one answer of Vault, whose own limit for a request is
// twice that.
const maxResponse = 16 << 20

// secret is what is public about one version of a secret.
type secret struct {
	version int
	created time.Time
	// certificates in the order of their keys, each fingerprint once.
	certificates []held
	broken       []string
}

type held struct {
	key         string
	certificate *cert.Certificate
}

// errGone tells that there is no such secret or version, or that it is deleted.
var errGone = errors.New("it is deleted")

// worker reads secrets one after the other, through one buffer.
type worker struct {
	parser cert.Parser
	buffer []byte
}

// readSecret reads one secret, of which version 0 is the current one. For a
// deleted version it returns errGone, with what is known of it.
func (s *Source) readSecret(ctx context.Context, m mount, path string, version int, w *worker) (secret, error) {
	query := map[string][]string{}
	if version > 0 {
		query["version"] = []string{fmt.Sprint(version)}
	}
	response, err := s.client.Logical().ReadRawWithDataWithContext(ctx, m.data(path), query)
	if response != nil {
		defer response.Body.Close()
	}
	gone := response != nil && response.StatusCode == http.StatusNotFound
	if err != nil && !gone {
		return secret{}, errors.New(explain(err))
	}
	body, err := w.readAll(response.Body)
	defer clear(body)
	if err != nil {
		return secret{}, err
	}
	read, err := parseSecret(m, body, &w.parser)
	if gone {
		return read, errGone
	}
	return read, err
}

// readAll reads an answer into the worker's buffer. A buffer that is outgrown is
// wiped as the others are.
func (w *worker) readAll(body io.Reader) ([]byte, error) {
	if w.buffer == nil {
		w.buffer = make([]byte, 16<<10)
	}
	for have := 0; ; {
		n, err := body.Read(w.buffer[have:])
		have += n
		switch {
		case errors.Is(err, io.EOF):
			return w.buffer[:have], nil
		case err != nil:
			return w.buffer[:have], fmt.Errorf("the answer broke off: %s", explain(err))
		case have >= maxResponse:
			return w.buffer[:have], fmt.Errorf("it is larger than max_secret_size (%d MiB)", maxResponse>>20)
		case have == len(w.buffer):
			larger := make([]byte, 2*have)
			copy(larger, w.buffer)
			clear(w.buffer)
			w.buffer = larger
		}
	}
}

// fields are a secret's values as they stand in the answer, still encoded: slices
// that can be wiped, where a decoded string could not.
type fields map[string]json.RawMessage

// versioned is a secret of KV version 2, which has its fields one level down.
type versioned struct {
	Data     fields `json:"data"`
	Metadata struct {
		Version int       `json:"version"`
		Created time.Time `json:"created_time"`
	} `json:"metadata"`
}

func parseSecret(m mount, body []byte, parser *cert.Parser) (secret, error) {
	var contents versioned
	var err error
	if m.version == 1 {
		err = json.Unmarshal(body, &struct {
			Data *fields `json:"data"`
		}{&contents.Data})
	} else {
		err = json.Unmarshal(body, &struct {
			Data *versioned `json:"data"`
		}{&contents})
	}
	read := secret{version: contents.Metadata.Version, created: contents.Metadata.Created}
	read.search(contents.Data, parser)
	if err != nil {
		// Its own words may quote what it could not decode.
		return read, errors.New("it is not laid out as a secret: is vault.kv_version right?")
	}
	return read, nil
}

// search looks for certificates in every string, still in its JSON encoding:
// the parsers read escaped line breaks as well as plain ones.
func (s *secret) search(values fields, parser *cert.Parser) {
	seen := map[cert.Fingerprint]bool{}
	for _, key := range values.keys() {
		value := values[key]
		if len(value) < 2 || value[0] != '"' || private(key) {
			clear(value)
			continue
		}
		result := parser.Text(value[1 : len(value)-1])
		clear(value)
		for _, found := range result.Certificates {
			if fingerprint := found.Certificate.Fingerprint; !seen[fingerprint] {
				seen[fingerprint] = true
				s.certificates = append(s.certificates, held{key: key, certificate: found.Certificate})
			}
		}
		for _, broken := range result.Broken {
			s.broken = append(s.broken, fmt.Sprintf("its key %q holds a certificate that cannot be read: %s", key, broken.Reason))
		}
	}
}

// keys are sorted, but for `certificate`: where safe's layout holds a certificate
// twice, the entry has the name under which people know it.
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

// private tells whether the field is meant for a private key. Its value is not
// looked at.
func private(key string) bool {
	switch strings.ToLower(strings.NewReplacer("-", "", "_", "").Replace(key)) {
	case "key", "privatekey", "keypem", "tlskey":
		return true
	}
	return false
}
