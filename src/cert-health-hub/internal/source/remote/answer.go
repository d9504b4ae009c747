package remote

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
)

// Doer sends a request.
type Doer interface {
	Do(*http.Request) (*http.Response, error)
}

// Get asks for JSON. The body is wiped after it is read: it may hold private keys.
func (r *Remote) Get(doer Doer, url string, into any) error {
	response, err := r.ask(doer, url)
	return r.Read(response, err, into)
}

// Read reads an answer of JSON.
func (r *Remote) Read(response *http.Response, err error, into any) error {
	if err != nil {
		return r.Explain(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return r.Status(response.StatusCode)
	}
	contents, err := contentsOf(response)
	defer clear(contents)
	if err == nil {
		err = decode(contents, into)
	}
	if err != nil {
		return r.Explain(err)
	}
	return nil
}

// contentsOf reads a body. If its length is known, the buffer does not grow: it would leave copies.
func contentsOf(response *http.Response) ([]byte, error) {
	size := min(max(response.ContentLength, 0), maxAnswer)
	into := bytes.NewBuffer(make([]byte, 0, size+bytes.MinRead))
	_, err := into.ReadFrom(response.Body)
	return into.Bytes(), err
}

// errShape is JSON of another shape than expected, or no JSON. Errors of the decoder may quote values.
var errShape = errors.New("the answer has another shape")

func decode(contents []byte, into any) error {
	err := json.Unmarshal(contents, into)
	if err == nil || errors.Is(err, errTooMany) {
		return err
	}
	return errShape
}

// MaxItems is the largest number of entries in a list.
const MaxItems = 50_000

var errTooMany = fmt.Errorf("the list has more than %d entries", MaxItems)

// List is a list that is read up to MaxItems: a decoder needs up to a hundred bytes for three.
type List[T any] []T

// UnmarshalJSON reads the entries.
func (l *List[T]) UnmarshalJSON(encoded []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(encoded))
	switch opening, err := decoder.Token(); {
	case err != nil:
		return err
	case opening == nil:
		return nil
	case opening != json.Delim('['):
		return errShape
	}
	for decoder.More() {
		if len(*l) == MaxItems {
			return errTooMany
		}
		var entry T
		if err := decoder.Decode(&entry); err != nil {
			return err
		}
		*l = append(*l, entry)
	}
	return nil
}
