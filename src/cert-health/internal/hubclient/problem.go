package hubclient

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Problem is an answer of the hub that is an error, as in RFC 9457.
type Problem struct {
	Status int
	Detail string
	Wait   time.Duration // that the hub asks for; 0 if it does not
	hub    string
	ofHub  bool // a hub answers, and not a server before it
}

// Error says what is wrong, and what to do.
func (p *Problem) Error() string {
	if p.Status == http.StatusUnauthorized && p.ofHub {
		return fmt.Sprintf("%s does not know the login, or it has ended: run cert-health login %s", p.hub, p.hub)
	}
	return p.Detail
}

// maxDetail limits the words of a hub in an error.
const maxDetail = 500

func problemOf(hub string, response *http.Response, contents []byte) error {
	var answer struct {
		Detail string `json:"detail"`
		Errors []struct {
			Message  string `json:"message"`
			Location string `json:"location"`
		} `json:"errors"`
	}
	_ = json.Unmarshal(contents, &answer) // another server has another form
	p := &Problem{Status: response.StatusCode, Detail: answer.Detail, hub: hub, ofHub: answer.Detail != ""}
	for _, e := range answer.Errors {
		if !strings.Contains(p.Detail, e.Message) {
			p.Detail += fmt.Sprintf("; %s: %s", e.Location, e.Message)
		}
	}
	if p.Detail == "" {
		p.Detail = fmt.Sprintf("%s answers with status %d, and not as a hub: check the URL", hub, response.StatusCode)
	}
	p.Detail = p.Detail[:min(len(p.Detail), maxDetail)]
	if seconds, err := time.ParseDuration(response.Header.Get("Retry-After") + "s"); err == nil {
		p.Wait = seconds
	}
	return p
}

// IsNotFound tells whether an error says that the hub does not know what was asked for.
func IsNotFound(err error) bool {
	p := (*Problem)(nil)
	return errors.As(err, &p) && p.Status == http.StatusNotFound
}
