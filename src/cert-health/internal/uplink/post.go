package uplink

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"cert-health/internal/report"
)

// message is one request.
type message struct {
	path       string
	body       []byte
	compressed bool
	success    int   // the status of the answer
	limit      int64 // of the answer that is a success, in bytes
}

// post sends a message to the hub that has answered last, and to the next one if that does not answer
// or fails. Any other answer is that of all of them.
func (c *Client) post(ctx context.Context, m message) ([]byte, error) {
	channel, first, err := c.prepare()
	if err != nil {
		return nil, err
	}
	for i := range c.bases {
		number := (first + i) % len(c.bases)
		var answer []byte
		answer, err = c.ask(ctx, channel, c.bases[number], m)
		fault := (*Fault)(nil)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err == nil || errors.As(err, &fault) && !fault.ofThisHub() {
			c.prefer(number)
			return answer, err
		}
	}
	return nil, err
}

func (c *Client) prefer(number int) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.current = number
}

// ask sends a message to one hub.
func (c *Client) ask(ctx context.Context, channel *channel, base *url.URL, m message) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, c.options.Timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, base.String()+m.path, bytes.NewReader(m.body))
	if err != nil {
		return nil, fmt.Errorf("prepare the request: %w", err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", c.options.Program)
	if m.compressed {
		request.Header.Set("Content-Encoding", "gzip")
	}
	response, err := channel.client.Do(request)
	if err != nil {
		return nil, c.unanswered(base, channel, err)
	}
	defer response.Body.Close()
	if response.StatusCode != m.success {
		return nil, c.refused(base, response)
	}
	answer, err := io.ReadAll(io.LimitReader(response.Body, m.limit+1))
	switch {
	case err != nil:
		return nil, c.unanswered(base, channel, err)
	case int64(len(answer)) > m.limit:
		return nil, &Fault{Status: response.StatusCode, sentence: fmt.Sprintf("the answer of the hub at %s has more than %d MB", base.Host, m.limit>>20)}
	}
	return answer, nil
}

// said is the sentence of a refusal; empty if there is none.
func said(response *http.Response) string {
	contents, err := io.ReadAll(io.LimitReader(response.Body, MaxRefusal))
	var refusal Refusal
	if err != nil || json.Unmarshal(contents, &refusal) != nil {
		return ""
	}
	return report.Printable(report.Short(refusal.Error))
}
