package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"cert-health/hub/internal/people"
)

// Info is what everyone may know. The first two keys are those of Doomsday.
type Info struct {
	Version  string       `json:"version"`
	AuthType string       `json:"auth_type" enum:"None,Userpass,OIDC" doc:"None: no login; Userpass: POST /v1/login; OIDC: POST /v1/device"`
	Product  string       `json:"product"`
	Login    LoginMethods `json:"login"`
	Now      time.Time    `json:"now"`
}

// LoginMethods are the ways to log in.
type LoginMethods struct {
	Local  bool `json:"local" doc:"with a name and a password that the hub keeps"`
	OIDC   bool `json:"oidc" doc:"at an OpenID provider, such as UAA, in the browser"`
	Device bool `json:"device" doc:"a program can start a login in the browser"`
}

func (s *service) info() {
	huma.Register(s.api, operation(http.MethodGet, "/v1/info", "info", "Show the version and how to log in", loginTag, people.Anyone),
		func(context.Context, *struct{}) (*body[Info], error) {
			methods := s.People.Methods()
			return &body[Info]{Info{s.Version, authType(methods), "cert-health-hub", LoginMethods(methods), s.Now().UTC()}}, nil
		})
}

func authType(m people.Methods) string {
	switch {
	case m.None():
		return "None"
	case m.Local:
		return "Userpass"
	}
	return "OIDC"
}
