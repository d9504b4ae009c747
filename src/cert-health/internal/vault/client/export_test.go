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

// NamesOfSettings are the names of all settings in messages with these options.
func NamesOfSettings(o Options) []string {
	var names []string
	for _, s := range settings() {
		names = append(names, o.Name(s))
	}
	return names
}

// The strings of JSON in values.
var (
	Quote   = quote
	Unquote = unquote
)
