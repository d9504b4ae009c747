package client

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"github.com/hashicorp/vault/api"
)

// unlimited is more retries than anybody sends.
const unlimited = 1 << 40

// AllowRetries bounds how many requests may be sent again from now on, in all.
// Against a Vault that is too busy, patience is better than persistence.
func (c *Client) AllowRetries(count int64) { c.retries.Store(count) }

// AllowAllRetries takes that bound away; each single request keeps its own.
func (c *Client) AllowAllRetries() { c.AllowRetries(unlimited) }

// checkRetry decides whether a request is sent again. A Vault that has never answered
// is not worth waiting for: the next attempt will see. Nor is one that asks for more
// patience than the deadline leaves: better say what it answered.
func (c *Client) checkRetry(ctx context.Context, response *http.Response, err error) (bool, error) {
	if fault := (*Fault)(nil); errors.As(err, &fault) || response == nil && !c.answered.Load() {
		return false, err
	}
	again, err := api.DefaultRetryPolicy(ctx, response, err)
	if again && (tooLong(ctx, retryAfter(response)) || c.retries.Add(-1) < 0) {
		return false, err
	}
	return again, err
}

func tooLong(ctx context.Context, wait time.Duration) bool {
	deadline, bounded := ctx.Deadline()
	return bounded && time.Until(deadline) < wait
}

// maxRetryAfter bounds what Vault may ask for: the next poll comes anyway.
const maxRetryAfter = time.Minute

// retryAfter is for how long Vault, or a proxy before it, asks to be left alone.
func retryAfter(response *http.Response) time.Duration {
	if response == nil {
		return 0
	}
	asked := response.Header.Get("Retry-After")
	wait := time.Duration(0)
	if seconds, err := strconv.Atoi(asked); err == nil {
		wait = time.Duration(min(seconds, int(maxRetryAfter/time.Second))) * time.Second
	} else if at, err := http.ParseTime(asked); err == nil {
		sent, err := http.ParseTime(response.Header.Get("Date"))
		if err != nil {
			sent = time.Now()
		}
		wait = at.Sub(sent)
	}
	return min(max(0, wait), maxRetryAfter)
}

// shortestWait bounds the first wait between two attempts.
const shortestWait = 100 * time.Millisecond

// backoff waits at random up to twice as long each time, so that a fleet that was
// refused at once does not come back at once; what Vault asks for comes on top.
func backoff(shortest, longest time.Duration, attempt int, response *http.Response) time.Duration {
	bound := min(longest, shortest<<min(attempt, 20))
	return retryAfter(response) + rand.N(max(bound, 1))
}
