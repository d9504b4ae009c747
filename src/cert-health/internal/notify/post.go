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

// statusError is an answer that is not a success.
type statusError struct {
	status int
	wait   time.Duration // requested by the receiver, or 0
}

func (r *statusError) Error() string {
	text := fmt.Sprintf("the receiver answered %d %s", r.status, http.StatusText(r.status))
	if r.status/100 == 3 {
		text += ": set url to the address to which it redirects"
	}
	return text
}

// final tells whether another attempt is useless.
func (r *statusError) final() bool {
	return r.status < 500 && r.status != http.StatusRequestTimeout && r.status != http.StatusTooManyRequests
}

// Poster sends bodies of JSON to one target.
type Poster struct {
	target Target
	client *http.Client
}

// NewPoster makes a Poster. The timeout is that of one attempt.
func NewPoster(t Target, timeout time.Duration) *Poster { return &Poster{t, t.client(timeout)} }

// Close closes the idle connections.
func (p *Poster) Close() { p.client.CloseIdleConnections() }

// Post makes one attempt. No error contains the URL or the text of the answer, because some
// servers quote the path of the request.
func (p *Poster) Post(ctx context.Context, body []byte) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, p.target.URL.Reveal(), bytes.NewReader(body))
	if err != nil {
		return errors.New("the url of the receiver is not valid")
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "cert-health")
	for name, value := range p.target.Headers {
		request.Header.Set(name, value.Reveal())
	}
	if auth := p.target.BasicAuth; auth.Username != "" {
		request.SetBasicAuth(auth.Username, auth.Password.Reveal())
	}
	response, err := p.client.Do(request)
	if err != nil {
		return withoutURL(err)
	}
	defer response.Body.Close()
	// A connection can be used again only if the answer was read to its end.
	_, _ = io.CopyN(io.Discard, response.Body, 64<<10)
	if response.StatusCode/100 != 2 {
		return &statusError{status: response.StatusCode, wait: retryAfter(response)}
	}
	return nil
}

// Retry tells whether another attempt may succeed after an error of Post, and how long the receiver
// wants to be left alone before it; zero if it did not say.
func Retry(err error) (wait time.Duration, again bool) {
	if answer := (*statusError)(nil); errors.As(err, &answer) {
		return answer.wait, !answer.final()
	}
	return 0, true
}

// withoutURL removes the URL from an error of net/http.
func withoutURL(err error) error {
	if wrapped := (*url.Error)(nil); errors.As(err, &wrapped) {
		if wrapped.Timeout() {
			return errors.New("the receiver did not answer in time")
		}
		return wrapped.Err
	}
	return err
}

// retryAfter is the wait that Slack and others request when they get too many messages.
func retryAfter(response *http.Response) time.Duration {
	seconds, err := strconv.Atoi(response.Header.Get("Retry-After"))
	if err != nil || seconds < 0 {
		return 0
	}
	return time.Duration(min(seconds, int(maxPause/time.Second))) * time.Second
}
