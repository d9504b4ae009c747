package client

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"cert-health/internal/budget"
	"cert-health/internal/cert"
	"cert-health/internal/extract"
	"cert-health/internal/reference"
)

// SecretVersion is the public part of one version of a secret.
type SecretVersion struct {
	Version   int
	Created   time.Time
	DeletedAt time.Time // zero if it is not deleted, or if that is unknown
	Deleted   bool      // deleted or destroyed
	Contents  []Contents
	Revoked   []reference.Revocation // by a CA among Contents, the newest first
	Keyless   bool                   // it has no key `key`, without which safe cannot use the key `certificate`
	Broken    []string               // one sentence for each certificate that could not be read
}

// Contents are the certificates under one key, in their order. A key with the same certificates
// as an earlier one is left out, such as `combined` in the layout of safe.
type Contents struct {
	Key          string
	Within       string // the name within the value, if it is YAML or JSON and the Reader reads names
	Certificates []*cert.Certificate
}

// Entries are the certificates of the version, in the order of its keys and values.
func (s SecretVersion) Entries() []reference.Entry {
	var entries []reference.Entry
	for _, contents := range s.Contents {
		for _, certificate := range contents.Certificates {
			keyless := s.Keyless && contents.Key == "certificate"
			entries = append(entries, reference.Entry{Key: contents.Key, Keyless: keyless, Summary: certificate.Summary()})
		}
	}
	return entries
}

// Reader reads secrets one after the other with one buffer. The zero value is ready to use.
type Reader struct {
	Names bool // it reads the names within values

	extractor extract.Extractor
	known     int // number of certificates that the extractor has read
	buffer    []byte
}

// ReadSecret reads one version of a secret; 0 is the current one. A deleted version is not an
// error. A Fault of kind NotFound says that the secret or the version does not exist.
func (c *Client) ReadSecret(ctx context.Context, m Mount, path string, version int, w *Reader) (SecretVersion, error) {
	query := map[string][]string{}
	if version > 0 {
		query["version"] = []string{strconv.Itoa(version)}
	}
	ctx, cancel := context.WithTimeout(withLimit(ctx, maxSecret), c.requestTime())
	defer cancel()
	var read SecretVersion
	err := c.do(ctx, func() error {
		response, err := c.api.Logical().ReadRawWithDataWithContext(ctx, m.Data(path), query)
		if response == nil {
			return err
		}
		defer response.Body.Close()
		if err != nil && response.StatusCode != http.StatusNotFound {
			return err
		}
		var unread error
		read, unread = w.read(ctx, m, response.Body)
		if errors.Is(unread, errLayout) {
			unread = rejected("%s: correct %s", unread, c.name(settingKVVersion))
		}
		if err == nil {
			return unread
		}
		// The answer for a deleted version is 404 with its number.
		if unread != nil || read.Version == 0 {
			return c.absent(err)
		}
		read.Deleted = true
		return nil
	})
	return read, err
}

// read parses an answer and wipes it. Each secret has a budget of its own.
func (w *Reader) read(ctx context.Context, m Mount, from io.Reader) (SecretVersion, error) {
	body, err := w.readAll(from)
	defer clear(body)
	if err != nil {
		return SecretVersion{}, err
	}
	if w.known > maxKnown {
		w.extractor, w.known = extract.Extractor{}, 0
	}
	if w.Names {
		w.extractor.ReadNames()
	}
	meter := budget.New().Until(ctx).With(budget.Certificates, maxCertificates).With(budget.Derivations, maxDerivations)
	account := meter.Of("")
	w.extractor.Charge(account)
	read, err := parseSecret(m, body, &w.extractor)
	w.known += account.Spent().Of(budget.Certificates)
	for _, excess := range meter.Exceeded() {
		read.Broken = append(read.Broken, excess.String()+": split this secret")
	}
	return read, err
}

// readAll reads an answer, which the transport limits, into the buffer. If the buffer is too small, it is replaced and wiped.
func (w *Reader) readAll(body io.Reader) ([]byte, error) {
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
			return w.buffer[:have], brokenOff(err)
		case have == len(w.buffer):
			larger := make([]byte, 2*have)
			copy(larger, w.buffer)
			clear(w.buffer)
			w.buffer = larger
		}
	}
}
