package client

import (
	"context"
	"errors"
	"net/http"
	"strconv"
)

// ReadValues reads the current version of a secret with its private keys. A missing or deleted secret is not an error:
// its values do not exist. The caller wipes them.
func (c *Client) ReadValues(ctx context.Context, m Mount, path string) (*Values, error) {
	return c.ReadValuesAt(ctx, m, path, 0)
}

// ReadValuesAt is ReadValues of one version in an engine of KV version 2; 0 is the current one.
func (c *Client) ReadValuesAt(ctx context.Context, m Mount, path string, version int) (*Values, error) {
	var query map[string][]string
	if version > 0 {
		query = map[string][]string{"version": {strconv.Itoa(version)}}
	}
	ctx, cancel := context.WithTimeout(withLimit(ctx, maxSecret), c.requestTime())
	defer cancel()
	read := NewValues()
	err := c.do(ctx, func() error {
		response, err := c.api.Logical().ReadRawWithDataWithContext(ctx, m.Data(path), query)
		if response == nil {
			return err
		}
		defer response.Body.Close()
		if err != nil && response.StatusCode != http.StatusNotFound {
			return err
		}
		var w Reader
		body, unread := w.readAll(response.Body)
		defer clear(body)
		if err != nil && len(body) == 0 || unread != nil {
			return c.unless(unread, err)
		}
		if unread = read.parse(m, body); errors.Is(unread, errLayout) {
			unread = rejected("%s: correct %s", unread, c.name(settingKVVersion))
		}
		if err == nil {
			return unread
		}
		// The answer for a deleted version is 404 with its number.
		if unread != nil || read.Version == 0 {
			return c.absent(err)
		}
		return nil
	})
	if Is(err, NotFound) {
		return NewValues(), nil
	}
	return read, err
}

// unless returns the first error, or the Fault of the second one.
func (c *Client) unless(first, second error) error {
	if first != nil {
		return first
	}
	return c.absent(second)
}

// Replace writes the values of a secret in place of those that were read before, and returns the number of the new
// version. If the secret has changed since then it writes nothing, and the error is a Fault of kind Conflict. The
// engine of KV version 2 makes sure of that. One of version 1 cannot: there the secret is read once more, just before
// it is written.
//
// An error does not prove that nothing was written: the answer may have been lost. After a lost answer the request is
// sent again, and in version 2 this gives a Conflict.
func (c *Client) Replace(ctx context.Context, m Mount, path string, before, after *Values) (version int, err error) {
	if m.Version == 1 {
		if err := c.unchanged(ctx, m, path, before); err != nil {
			return 0, err
		}
	}
	after.Version = before.Version
	body := after.encode(m)
	defer clear(body)
	defer c.redactor.guard(body)()
	ctx, cancel := context.WithTimeout(ctx, c.requestTime())
	defer cancel()
	err = c.do(ctx, func() error {
		_, err := c.api.Logical().WriteBytesWithContext(ctx, m.Data(path), body)
		return err
	})
	if err != nil {
		return 0, err
	}
	if m.Version == 2 {
		version = before.Version + 1
	}
	return version, nil
}

func (c *Client) unchanged(ctx context.Context, m Mount, path string, before *Values) error {
	now, err := c.ReadValues(ctx, m, path)
	if err != nil {
		return err
	}
	defer now.Wipe()
	if !now.Same(before) {
		return &Fault{Kind: Conflict, sentence: conflict}
	}
	return nil
}

// Delete deletes the current version of a secret. An engine of KV version 2 keeps what it held, and brings it back with
// `vault kv undelete`; one of version 1 does not.
func (c *Client) Delete(ctx context.Context, m Mount, path string) error {
	ctx, cancel := context.WithTimeout(ctx, c.requestTime())
	defer cancel()
	return c.do(ctx, func() error {
		_, err := c.api.Logical().DeleteWithContext(ctx, m.Data(path))
		return err
	})
}

// conflict is the sentence of a Fault of kind Conflict.
const conflict = "someone else has changed this secret in the meantime: run the command again"
