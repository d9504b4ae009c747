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

// unlimited is more than the number of retries in practice.
const unlimited = 1 << 40

// AllowRetries sets the number of retries of all requests from now on. Retries add to the load of
// a busy Vault.
func (c *Client) AllowRetries(count int64) { c.retries.Store(count) }

// AllowAllRetries removes this limit. Each request still has its own limit.
func (c *Client) AllowAllRetries() { c.AllowRetries(unlimited) }

// checkRetry decides whether a request is sent again. It is not if Vault has never answered: the
// next poll tries again. It is not if the wait that Vault requests is longer than the deadline
// permits: then the caller gets the answer.
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

// maxRetryAfter is the longest wait that Vault can request: the next poll tries again.
const maxRetryAfter = time.Minute

// retryAfter is the wait that Vault, or a proxy in front of it, requests.
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

// shortestWait is the longest wait before the first retry.
const shortestWait = 100 * time.Millisecond

// backoff returns a random wait whose bound doubles each time, so that the VMs of a fleet do not
// retry at the same moment. The wait that Vault requests is added.
func backoff(shortest, longest time.Duration, attempt int, response *http.Response) time.Duration {
	bound := min(longest, shortest<<min(attempt, 20))
	return retryAfter(response) + rand.N(max(bound, 1))
}
