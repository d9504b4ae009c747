package uplink

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Fault is why a hub has not taken a message: one sentence with the cause and the remedy, which stays
// the same as long as the cause does.
type Fault struct {
	Status   int           // of the hub's answer; 0 without one
	After    time.Duration // the pause that the hub asks for, at most MaxPause
	sentence string
}

// Error returns the sentence.
func (f *Fault) Error() string { return f.sentence }

// ofThisHub tells that another hub may answer.
func (f *Fault) ofThisHub() bool { return f.Status == 0 || f.Status >= 500 }

// PauseOf is the pause that the hub asked for with an error; 0 if it asked for none.
func PauseOf(err error) time.Duration {
	if fault := (*Fault)(nil); errors.As(err, &fault) {
		return fault.After
	}
	return 0
}

// refused explains an answer other than a success.
func (c *Client) refused(base *url.URL, response *http.Response) error {
	f := &Fault{Status: response.StatusCode, After: c.retryAfter(response.Header)}
	words := ": " + said(response)
	if words == ": " {
		words = ""
	}
	where := "the hub at " + base.Host
	switch code := response.StatusCode; {
	case code/100 == 3:
		f.sentence = base.Host + " redirects to another server, which agents never follow: set cert_health.hub.url to the address of the hub for agents (its agents.address)"
	case code/100 == 2, code == http.StatusNotFound, code == http.StatusMethodNotAllowed:
		return c.notHub(base.String())
	case code == http.StatusTooManyRequests:
		f.sentence = where + " has too many requests under way" + words
	case code == http.StatusForbidden, code == http.StatusUnauthorized:
		f.sentence = where + " does not accept reports of this instance" + words
	case code >= 500:
		f.sentence = where + " fails (" + strconv.Itoa(code) + ")" + words
	default:
		f.sentence = where + " refuses the message (" + strconv.Itoa(code) + ")" + words
	}
	return f
}

// notHub is the fault of a server that is something else.
func (c *Client) notHub(address string) error {
	return &Fault{Status: http.StatusNotFound, sentence: "the server at " + address +
		" does not answer as a hub: set cert_health.hub.url to the address of the hub for agents (its agents.address)"}
}

// retryAfter is the pause that a hub, or a proxy in front of it, asks for.
func (c *Client) retryAfter(header http.Header) time.Duration {
	asked := header.Get("Retry-After")
	if seconds, err := strconv.ParseUint(asked, 10, 64); err == nil || errors.Is(err, strconv.ErrRange) {
		return time.Duration(min(seconds, uint64(MaxPause/time.Second))) * time.Second
	}
	at, err := http.ParseTime(asked)
	if err != nil {
		return 0
	}
	sent, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		sent = c.options.Now()
	}
	return min(max(0, at.Sub(sent)), MaxPause)
}
