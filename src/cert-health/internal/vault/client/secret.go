package client

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"cert-health/internal/cert"
	"cert-health/internal/extract"
	"cert-health/internal/reference"
)

// maxResponse bounds one answer of Vault, whose own limit for a request is
// twice that.
const maxResponse = 16 << 20

// SecretVersion is what is public about one version of a secret.
type SecretVersion struct {
	Version  int
	Created  time.Time
	Deleted  time.Time // zero when it is not deleted, or when that is not told
	Gone     bool      // it is deleted or destroyed
	Contents []Contents
	Broken   []string // what could not be read of it, a sentence each
}

// Contents are the certificates under one key, in their order. A key that holds the
// same as one before it, as `combined` does in safe's layout, is left out.
type Contents struct {
	Key          string
	Certificates []*cert.Certificate
}

// Entries are the certificates of the version, in the order of its keys and values.
func (s SecretVersion) Entries() []reference.Entry {
	var entries []reference.Entry
	for _, contents := range s.Contents {
		for _, certificate := range contents.Certificates {
			entries = append(entries, reference.Entry{Key: contents.Key, Summary: certificate.Summary()})
		}
	}
	return entries
}

// Reader reads secrets one after the other, through one buffer. The zero value is
// ready.
type Reader struct {
	extractor extract.Extractor
	buffer    []byte
}

// ReadSecret reads one secret, of which version 0 is the current one. There is no
// error for a version that is deleted; a Fault of kind Gone says that there never was
// one.
func (c *Client) ReadSecret(ctx context.Context, m Mount, path string, version int, w *Reader) (SecretVersion, error) {
	query := map[string][]string{}
	if version > 0 {
		query["version"] = []string{strconv.Itoa(version)}
	}
	ctx, cancel := context.WithTimeout(ctx, maxRequestTime)
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
		if read, unread = w.read(m, response.Body); err == nil {
			return unread
		}
		// A version that is deleted is told of with 404, and with its number.
		if unread != nil || read.Version == 0 {
			return c.absent(err)
		}
		read.Gone = true
		return nil
	})
	return read, err
}

// read parses an answer and wipes it.
func (w *Reader) read(m Mount, from io.Reader) (SecretVersion, error) {
	body, err := w.readAll(from)
	defer clear(body)
	if err != nil {
		return SecretVersion{}, err
	}
	return parseSecret(m, body, &w.extractor)
}

// readAll reads an answer into the worker's buffer. A buffer that is outgrown is
// wiped as the others are.
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
		case have >= maxResponse:
			return w.buffer[:have], rejected("it is larger than %d MiB, and not read", maxResponse>>20)
		case have == len(w.buffer):
			larger := make([]byte, 2*have)
			copy(larger, w.buffer)
			clear(w.buffer)
			w.buffer = larger
		}
	}
}
