package client

// What the specs look at from outside of a client.
var (
	Backoff    = backoff
	RetryAfter = retryAfter
	LoginPause = loginPause
)

// The bounds of the pauses between log-ins.
const (
	MaxLoginPause = maxLoginPause
	MaxAwayPause  = maxAwayPause
)
