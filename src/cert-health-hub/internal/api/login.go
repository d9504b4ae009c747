package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"cert-health/hub/internal/people"
)

// Credentials are a name and a password.
type Credentials struct {
	Username string `json:"username" maxLength:"200"`
	Password string `json:"password" maxLength:"1000" format:"password"`
}

// Login is a token for a person.
type Login struct {
	Token   string      `json:"token" doc:"send it as Authorization: Bearer TOKEN"`
	Expires time.Time   `json:"expires"`
	Name    string      `json:"name"`
	Role    people.Role `json:"role" enum:"viewer,operator"`
}

// StartedDevice is a login that waits for a person.
type StartedDevice struct {
	DeviceCode string    `json:"device_code" doc:"for POST /v1/device/token; keep it secret"`
	UserCode   string    `json:"user_code" doc:"the person compares it"`
	URL        string    `json:"verification_url" doc:"the person opens it in a browser"`
	Expires    time.Time `json:"expires"`
	Interval   int       `json:"interval" doc:"seconds between two polls"`
}

// DeviceCode asks whether the person has confirmed.
type DeviceCode struct {
	DeviceCode string `json:"device_code" maxLength:"500"`
}

// Polled is the answer to a poll: a login, or nothing yet.
type Polled struct {
	Pending bool        `json:"pending" doc:"the person has not confirmed yet: ask again after the interval"`
	Token   string      `json:"token,omitempty" doc:"send it as Authorization: Bearer TOKEN"`
	Expires *time.Time  `json:"expires,omitempty"`
	Name    string      `json:"name,omitempty"`
	Role    people.Role `json:"role,omitempty" enum:"viewer,operator"`
}

// polledOutput has another status while the login is pending.
type polledOutput struct {
	Status int
	Body   Polled
}

const loginTag = "login"

func (s *service) logins() {
	login := operation(http.MethodPost, "/v1/login", "login", "Log in with a name and a password", loginTag, people.Anyone)
	login.Errors = append(login.Errors, http.StatusUnauthorized, http.StatusUnprocessableEntity, http.StatusTooManyRequests)
	huma.Register(s.api, login, s.login)
	device := operation(http.MethodPost, "/v1/device", "start-device-login", "Start the login of a program in the browser", loginTag, people.Anyone)
	device.Errors = append(device.Errors, http.StatusTooManyRequests, http.StatusNotImplemented)
	huma.Register(s.api, device, s.startDevice)
	poll := operation(http.MethodPost, "/v1/device/token", "poll-device-login", "Ask whether the login in the browser is confirmed: 202 until then", loginTag, people.Anyone)
	poll.Errors = append(poll.Errors, http.StatusUnauthorized, http.StatusUnprocessableEntity, http.StatusTooManyRequests)
	huma.Register(s.api, poll, s.pollDevice)
}

// from is an input that knows where it comes from.
type from struct {
	Address string `json:"-"`
}

// Resolve implements huma.Resolver.
func (f *from) Resolve(ctx huma.Context) []error {
	r, _ := humago.Unwrap(ctx)
	f.Address = people.AddressOf(r)
	return nil
}

func (s *service) login(ctx context.Context, in *struct {
	from
	Body Credentials
}) (*body[Login], error) {
	if !s.People.Methods().Local {
		return nil, huma.Error501NotImplemented("the hub knows no passwords: log in in the browser")
	}
	issued, err := s.People.Login(ctx, in.Body.Username, in.Body.Password, in.Address)
	if err != nil {
		return nil, s.failure(ctx, err)
	}
	return &body[Login]{loginOf(issued)}, nil
}

func loginOf(i people.Issued) Login {
	return Login{i.Token, i.Expires.UTC(), i.Person.Name, i.Person.Role}
}

func (s *service) startDevice(ctx context.Context, in *struct{ from }) (*body[StartedDevice], error) {
	if !s.People.Methods().Device {
		return nil, huma.Error501NotImplemented("the hub has no login in the browser")
	}
	d, err := s.People.StartDevice(ctx, in.Address)
	if err != nil {
		return nil, s.failure(ctx, err)
	}
	return &body[StartedDevice]{StartedDevice{d.DeviceCode, d.UserCode, d.URL, d.Expires.UTC(), int(d.Interval.Seconds())}}, nil
}

func (s *service) pollDevice(ctx context.Context, in *body[DeviceCode]) (*polledOutput, error) {
	issued, err := s.People.PollDevice(ctx, in.Body.DeviceCode)
	switch {
	case errors.Is(err, people.ErrPending):
		return &polledOutput{Status: http.StatusAccepted, Body: Polled{Pending: true}}, nil
	case err != nil:
		return nil, s.failure(ctx, err)
	}
	answer := Polled{Token: issued.Token, Expires: moment(issued.Expires), Name: issued.Person.Name, Role: issued.Person.Role}
	return &polledOutput{Status: http.StatusOK, Body: answer}, nil
}
