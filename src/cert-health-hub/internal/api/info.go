package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// Info is what everyone may know. The first two keys are those of Doomsday.
type Info struct {
	Version  string    `json:"version"`
	AuthType string    `json:"auth_type" enum:"None,Userpass,OIDC" doc:"None: no login; Userpass: POST /v1/login; OIDC: POST /v1/device"`
	Product  string    `json:"product"`
	Login    Methods   `json:"login"`
	Now      time.Time `json:"now"`
}

func (s *service) info() {
	huma.Register(s.api, operation(http.MethodGet, "/v1/info", "info", "Show the version and how to log in", loginTag, Anyone),
		func(context.Context, *struct{}) (*body[Info], error) {
			methods := s.People.Methods()
			return &body[Info]{Info{s.Version, authType(methods), "cert-health-hub", methods, s.Now().UTC()}}, nil
		})
}

func authType(m Methods) string {
	switch {
	case m.None():
		return "None"
	case m.Local:
		return "Userpass"
	}
	return "OIDC"
}
