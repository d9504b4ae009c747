// Package opsman asks Tanzu Operations Manager for the certificates that it has deployed, with the
// procedures of their rotation, and for its certificate authorities.
//
// Ops Manager permits one call at a time, and tells no error when calls overlap: everything here is done
// by one goroutine, one call after another. Of deployed certificates it tells issuer, dates and places,
// not the certificates themselves.
package opsman

import (
	"time"

	"cert-health/hub/internal/source/remote"
	"cert-health/internal/secret"
	"cert-health/internal/strict"
)

// Options of one Ops Manager.
type Options struct {
	Address      string       `yaml:"address"` // https://HOST
	CACert       string       `yaml:"ca_cert"` // PEM or a file: the CAs of its certificate
	ClientID     string       `yaml:"client_id"`
	ClientSecret secret.Value `yaml:"client_secret"`
	User         string       `yaml:"user"`
	Password     secret.Value `yaml:"password"`

	Now func() time.Time // the clock; nil is time.Now
}

// Defaults returns the options that a configuration changes.
func Defaults() Options { return Options{} }

// Problems returns all faults of the options.
func (o *Options) Problems() (problems strict.Problems) {
	remote.CheckAddress(&problems, "address", o.Address, "https://opsman.example.com")
	switch asClient, asUser := o.ClientID != "" || !o.ClientSecret.IsZero(), o.User != "" || !o.Password.IsZero(); {
	case asClient && asUser:
		problems.Add("client_id and user cannot be set together: choose one way to log in")
	case asUser && (o.User == "" || o.Password.IsZero()):
		problems.Add("user and password must be set together")
	case !asUser && o.ClientID == "":
		problems.Add("client_id is missing: add a client of the UAA of Ops Manager with the scope opsman.full_view, or set user and password")
	case !asUser && o.ClientSecret.IsZero():
		problems.Add("client_secret is missing")
	}
	return problems
}

// userClient is the client of UAA with which people log in to Ops Manager. It has no secret.
const userClient = "opsman"

func (o *Options) login() remote.Login {
	if o.User != "" {
		return remote.Login{ClientID: userClient, User: o.User, Password: o.Password}
	}
	return remote.Login{ClientID: o.ClientID, ClientSecret: o.ClientSecret}
}
