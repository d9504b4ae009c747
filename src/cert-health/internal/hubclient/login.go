package hubclient

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"cert-health/internal/secret"
)

// Info is what a hub tells everyone.
type Info struct {
	Version string  `json:"version"`
	Product string  `json:"product"`
	Login   Methods `json:"login"`
}

// Methods are the ways to log in. There is no login if there are none.
type Methods struct {
	Local  bool `json:"local"` // name and password
	OIDC   bool `json:"oidc"`
	Device bool `json:"device"` // in the browser, for a program
}

// None tells whether the hub needs no login.
func (m Methods) None() bool { return !m.Local && !m.OIDC && !m.Device }

// Login is a token for a person.
type Login struct {
	Token   secret.Value `json:"token"`
	Expires time.Time    `json:"expires"`
	Name    string       `json:"name"`
	Role    string       `json:"role"`
}

// Device is a login that waits for a person at a browser.
type Device struct {
	Code     secret.Value `json:"device_code"`
	UserCode string       `json:"user_code"`
	URL      string       `json:"verification_url"`
	Expires  time.Time    `json:"expires"`
	Interval int          `json:"interval"` // seconds
}

// product is the name that a hub has.
const product = "cert-health-hub"

// Info asks a hub what it is.
func (c *Client) Info(ctx context.Context) (i Info, err error) {
	if err := c.call(ctx, http.MethodGet, "/v1/info", nil, nil, &i); err != nil {
		return i, err
	}
	if i.Product != product {
		return i, fmt.Errorf("%s is not a hub of cert-health: check the URL", c.base)
	}
	return i, nil
}

// Login logs in with a name and a password.
func (c *Client) Login(ctx context.Context, name string, password secret.Value) (l Login, err error) {
	request := map[string]string{"username": name, "password": password.Reveal()}
	return l, refusal(c.call(ctx, http.MethodPost, "/v1/login", nil, request, &l))
}

// refusal does not tell a person who is just logging in to log in again.
func refusal(err error) error {
	if p := (*Problem)(nil); errors.As(err, &p) && p.Status == http.StatusUnauthorized {
		return errors.New(p.Detail)
	}
	return err
}

// StartDevice begins a login in the browser.
func (c *Client) StartDevice(ctx context.Context) (d Device, err error) {
	return d, c.call(ctx, http.MethodPost, "/v1/device", nil, nil, &d)
}

// The limits of a wait for a person.
const (
	leastPoll = time.Second
	mostPoll  = time.Minute
	maxDevice = 30 * time.Minute
)

// WaitDevice waits until the person has confirmed the login.
func (c *Client) WaitDevice(ctx context.Context, d Device) (Login, error) {
	ctx, cancel := context.WithTimeout(ctx, maxDevice)
	defer cancel()
	every := min(max(time.Duration(d.Interval)*time.Second, leastPoll), mostPoll)
	for {
		login, pending, err := c.pollDevice(ctx, d)
		wait := every
		if p := (*Problem)(nil); errors.As(err, &p) && p.Status == http.StatusTooManyRequests {
			pending, wait = true, max(every, min(p.Wait, mostPoll))
		}
		if !pending {
			return login, refusal(err)
		}
		select {
		case <-ctx.Done():
			return Login{}, errors.New("no one confirmed the login in the browser: try again")
		case <-time.After(wait):
		}
	}
}

func (c *Client) pollDevice(ctx context.Context, d Device) (l Login, pending bool, err error) {
	contents, status, err := c.send(ctx, http.MethodPost, "/v1/device/token", nil, map[string]string{"device_code": d.Code.Reveal()}, "application/json")
	if err != nil {
		return l, false, err
	}
	if status == http.StatusAccepted {
		return l, true, nil
	}
	if err := json.Unmarshal(contents, &l); err != nil || l.Token.IsZero() {
		return l, false, errors.New("the hub confirmed the login without a token")
	}
	return l, false, nil
}
