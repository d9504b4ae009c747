// Package director asks a BOSH Director for the ends of its own certificates and of those that
// deployments use, and for the instances of the deployments.
//
// The Director tells names and dates, not certificates. What it tells of instances comes from its
// database, but for their states: for these it asks all agents, so that they are asked for once an hour.
package director

import (
	"fmt"
	"time"

	"cert-health/hub/internal/source/remote"
	"cert-health/internal/secret"
	"cert-health/internal/strict"
)

// Options of one Director.
type Options struct {
	Address      string       `yaml:"address"` // https://HOST:25555
	CACert       string       `yaml:"ca_cert"` // PEM or a file: the CAs of the Director and of its UAA
	ClientID     string       `yaml:"client_id"`
	ClientSecret secret.Value `yaml:"client_secret"`
	User         string       `yaml:"user"` // of UAA, or of a Director without UAA
	Password     secret.Value `yaml:"password"`

	Deployments []string `yaml:"deployments"` // globs of names; empty: all

	Now func() time.Time // the clock; nil is time.Now
}

// Defaults returns the options that a configuration changes.
func Defaults() Options { return Options{} }

// Problems returns all faults of the options.
func (o *Options) Problems() (problems strict.Problems) {
	remote.CheckAddress(&problems, "address", o.Address, "https://10.0.0.6:25555")
	switch asClient, asUser := o.ClientID != "" || !o.ClientSecret.IsZero(), o.User != "" || !o.Password.IsZero(); {
	case asClient && asUser:
		problems.Add("client_id and user cannot be set together: choose one way to log in")
	case asUser && (o.User == "" || o.Password.IsZero()):
		problems.Add("user and password must be set together")
	case !asUser && o.ClientID == "":
		problems.Add("client_id is missing: add a client of UAA with the scope bosh.read, or set user and password")
	case !asUser && o.ClientSecret.IsZero():
		problems.Add("client_secret is missing")
	}
	for i, glob := range o.Deployments {
		problems.Check(fmt.Sprintf("deployments[%d]", i), strict.CheckGlob(glob))
	}
	return problems
}

// wanted tells whether a deployment is looked at.
func (o *Options) wanted(name string) bool {
	for _, glob := range o.Deployments {
		if strict.Match(glob, name) {
			return true
		}
	}
	return len(o.Deployments) == 0
}
