// Package credhub looks for certificates in CredHub: in all versions of its certificates, and in the
// current value of credentials of the types value, json and user.
//
// A value is read once: what the list says of versions decides what is read again. The list tells the
// type of certificates only, so that every other credential is read once after each change, and
// forgotten if its type holds no certificate. Private keys and passwords are dropped as they are read.
//
// The query expires-within-days is not used: it looks at the newest version, and overlooks the CA that
// still signs while its successor is transitional.
package credhub

import (
	"fmt"
	"strings"
	"time"

	"cert-health/hub/internal/source/remote"
	"cert-health/internal/secret"
	"cert-health/internal/strict"
)

// Options of one CredHub.
type Options struct {
	Address      string       `yaml:"address"` // https://HOST:8844
	CACert       string       `yaml:"ca_cert"` // PEM or a file: the CAs of CredHub and of its UAA
	ClientID     string       `yaml:"client_id"`
	ClientSecret secret.Value `yaml:"client_secret"`
	Certificate  string       `yaml:"certificate"` // PEM or a file; instead of a client of UAA
	PrivateKey   secret.Value `yaml:"private_key"` // PEM or a file

	Paths   []string `yaml:"paths"`   // with everything below them; empty: everything
	Exclude []string `yaml:"exclude"` // globs of names

	Concurrency int `yaml:"concurrency"` // number of concurrent requests

	Now func() time.Time // the clock; nil is time.Now
}

// Defaults returns the options that a configuration changes.
func Defaults() Options { return Options{Concurrency: 8} }

// maxConcurrency is more than CredHub's default number of threads would answer at once.
const maxConcurrency = 64

// Problems returns all faults of the options.
func (o *Options) Problems() (problems strict.Problems) {
	remote.CheckAddress(&problems, "address", o.Address, "https://credhub.service.cf.internal:8844")
	switch byUAA, byCertificate := o.ClientID != "" || !o.ClientSecret.IsZero(), o.Certificate != "" || !o.PrivateKey.IsZero(); {
	case byUAA && byCertificate:
		problems.Add("client_id and certificate cannot be set together: choose one way to log in")
	case byCertificate && (o.Certificate == "" || o.PrivateKey.IsZero()):
		problems.Add("certificate and private_key must be set together")
	case !byCertificate && o.ClientID == "":
		problems.Add("client_id is missing: add a client of UAA with the scopes credhub.read and credhub.write, or set certificate and private_key")
	case !byCertificate && o.ClientSecret.IsZero():
		problems.Add("client_secret is missing")
	}
	for i, path := range o.Paths {
		if !strings.HasPrefix(path, "/") || strings.Contains(path, "*") {
			problems.Add("paths[%d] must begin with / and have no *: everything below a path is searched", i)
		}
	}
	for i, glob := range o.Exclude {
		problems.Check(fmt.Sprintf("exclude[%d]", i), strict.CheckPathGlob(glob))
	}
	problems.Positive("concurrency", int64(o.Concurrency))
	if o.Concurrency > maxConcurrency {
		problems.Add("concurrency must be at most %d", maxConcurrency)
	}
	return problems
}

// roots are the paths without a slash at their ends; "" is everything.
func (o *Options) roots() []string {
	if len(o.Paths) == 0 {
		return []string{""}
	}
	roots := make([]string, len(o.Paths))
	for i, path := range o.Paths {
		roots[i] = strings.TrimRight(path, "/")
	}
	return roots
}

// wanted tells whether a name is looked at.
func (o *Options) wanted(name string) bool {
	for _, glob := range o.Exclude {
		if strict.Match(glob, name) {
			return false
		}
	}
	for _, root := range o.roots() {
		if name == root || strings.HasPrefix(name, root+"/") {
			return true
		}
	}
	return false
}
