package hubclient

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
)

// pageSize is how many certificates are asked for at a time: the most that the hub gives.
const pageSize = 1000

// maxPages ends a list whose pages never end.
const maxPages = 1000

// List returns the certificates of a query with all its pages. It calls progress with how many of how many there are.
func (c *Client) List(ctx context.Context, query url.Values, progress func(have, total int)) (*Certificates, error) {
	var all Certificates
	page := url.Values{"limit": {strconv.Itoa(pageSize)}}
	for key, values := range query {
		page[key] = values
	}
	for range maxPages {
		var next Certificates
		if err := c.call(ctx, http.MethodGet, "/v1/certificates", page, nil, &next); err != nil {
			return nil, err
		}
		all.Certificates, all.Total, all.Counts = append(all.Certificates, next.Certificates...), next.Total, next.Counts
		if next.Next == "" || query.Has("limit") {
			return &all, nil
		}
		progress(len(all.Certificates), all.Total)
		page.Set("after", next.Next)
	}
	return nil, errors.New("the hub has more certificates than can be listed: use a filter")
}

// CSV returns the certificates of a query as the rows of a table, the first with the titles.
func (c *Client) CSV(ctx context.Context, query url.Values) ([][]string, error) {
	return c.table(ctx, "/v1/certificates.csv", query)
}

// table returns the rows of a path with CSV.
func (c *Client) table(ctx context.Context, path string, query url.Values) ([][]string, error) {
	contents, _, err := c.send(ctx, http.MethodGet, path, query, nil, "text/csv")
	if err != nil {
		return nil, err
	}
	rows, err := csv.NewReader(bytes.NewReader(contents)).ReadAll()
	if err != nil || len(rows) == 0 {
		return nil, fmt.Errorf("the answer of %s is not a table: check the URL", c.base)
	}
	return rows, nil
}

// Certificate returns one certificate.
func (c *Client) Certificate(ctx context.Context, id string) (one Certificate, err error) {
	return one, c.call(ctx, http.MethodGet, "/v1/certificates/"+id, nil, nil, &one)
}

// Summary returns the numbers of everything.
func (c *Client) Summary(ctx context.Context) (s Summary, err error) {
	return s, c.call(ctx, http.MethodGet, "/v1/summary", nil, nil, &s)
}

// Sources returns how each source is.
func (c *Client) Sources(ctx context.Context) ([]Source, error) {
	var answer struct {
		Sources []Source `json:"sources"`
	}
	err := c.call(ctx, http.MethodGet, "/v1/sources", nil, nil, &answer)
	return answer.Sources, err
}

// Refresh asks for a collection of a source, or of all if the name is empty.
func (c *Client) Refresh(ctx context.Context, source string) error {
	path := "/v1/refresh"
	if source != "" {
		path = "/v1/sources/" + source + "/refresh"
	}
	return c.call(ctx, http.MethodPost, path, nil, nil, nil)
}

// Acknowledge acknowledges a certificate until a day.
func (c *Client) Acknowledge(ctx context.Context, id, until, reason string) (a Ack, err error) {
	request := map[string]string{"certificate": id, "until": until, "reason": reason}
	return a, c.call(ctx, http.MethodPost, "/v1/acknowledgements", nil, request, &a)
}

// Unacknowledge ends the acknowledgement of a certificate.
func (c *Client) Unacknowledge(ctx context.Context, id string) error {
	return c.call(ctx, http.MethodDelete, "/v1/acknowledgements/"+id, nil, nil, nil)
}
