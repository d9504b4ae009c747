package remote

import "sync"

// maxFailures is the number of failures in a row after which the rest is not asked for: the server is
// ill, and each request may take a minute to fail.
const maxFailures = 5

// Breaker ends the requests of a collection when they have no more sense. It is safe for concurrent use.
type Breaker struct {
	mutex    sync.Mutex
	failures int
	broken   error
}

// Note notes the result of a request. After a limit of the rate, each further request makes it worse.
// What is wrong with one thing alone does not count.
func (b *Breaker) Note(err error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if !Is(err, Busy, Unreachable, Denied, Malformed) {
		b.failures = 0
		return
	}
	b.failures++
	if b.failures >= maxFailures || IsRateLimit(err) {
		b.broken = err
	}
}

// Broken is why nothing more is asked for, or nil.
func (b *Breaker) Broken() error {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.broken
}
