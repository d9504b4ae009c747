package notify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// refusal is an answer other than success.
type refusal struct {
	status int
	wait   time.Duration // as the receiver asks, or 0
}

func (r *refusal) Error() string {
	text := fmt.Sprintf("it answers %d %s", r.status, http.StatusText(r.status))
	if r.status/100 == 3 {
		text += ": give the address to which it redirects"
	}
	return text
}

// final says whether trying again is of no use.
func (r *refusal) final() bool {
	return r.status < 500 && r.status != http.StatusRequestTimeout && r.status != http.StatusTooManyRequests
}

// poster sends one body to one endpoint.
type poster struct {
	endpoint *Endpoint
	client   *http.Client
}

// post is one attempt. No error holds the URL, nor what the receiver answered, for
// some servers quote the path that they were asked for.
func (p *poster) post(ctx context.Context, body []byte) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, p.endpoint.URL.Reveal(), bytes.NewReader(body))
	if err != nil {
		return errors.New("its url cannot be used")
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "cert-health")
	for name, value := range p.endpoint.Headers {
		request.Header.Set(name, value.Reveal())
	}
	if auth := p.endpoint.BasicAuth; auth.Username != "" {
		request.SetBasicAuth(auth.Username, auth.Password.Reveal())
	}
	response, err := p.client.Do(request)
	if err != nil {
		return withoutURL(err)
	}
	defer response.Body.Close()
	// What is read to its end leaves the connection for the next one.
	_, _ = io.CopyN(io.Discard, response.Body, 64<<10)
	if response.StatusCode/100 != 2 {
		return &refusal{status: response.StatusCode, wait: retryAfter(response)}
	}
	return nil
}

// withoutURL takes the URL out of net/http's errors.
func withoutURL(err error) error {
	if wrapped := (*url.Error)(nil); errors.As(err, &wrapped) {
		if wrapped.Timeout() {
			return errors.New("it does not answer in time")
		}
		return wrapped.Err
	}
	return err
}

// retryAfter is the wait that Slack and others ask for when there is too much.
func retryAfter(response *http.Response) time.Duration {
	seconds, err := strconv.Atoi(response.Header.Get("Retry-After"))
	if err != nil || seconds < 0 {
		return 0
	}
	return time.Duration(min(seconds, int(maxPause/time.Second))) * time.Second
}
