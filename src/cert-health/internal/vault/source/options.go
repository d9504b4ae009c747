// Package source reads the reference from HashiCorp Vault's KV secrets engines.
//
// In mode Metadata it reads what `cert-health publish` has published, with a token
// that may read no secret; in mode Data it reads the secrets themselves.
package source

import (
	"errors"
	"time"

	"cert-health/internal/vault/client"
)

// Mode says what is read.
type Mode string

// The modes.
const (
	Metadata Mode = "metadata" // what is published
	Data     Mode = "data"     // whole secrets, private keys included
)

// Options of one source. KV.Address and Paths are required.
type Options struct {
	KV   client.Options `yaml:",inline"`
	Mode Mode           `yaml:"mode"` // empty is Metadata

	// Paths are searched with everything below them, mount included
	// ("secret/cf"). A path may also be that of a single secret.
	Paths []string `yaml:"paths"`

	// Deployment is the one whose secrets are looked at first, by the parts of
	// their paths, where many hold certificates of one identity.
	Deployment string

	Timeout    time.Duration `yaml:"timeout"`     // of one Find, Read or History; 0 is DefaultTimeout
	MaxSecrets int           `yaml:"max_secrets"` // read in one Find; 0 is DefaultMaxSecrets
}

// The limits when none are given.
const (
	DefaultTimeout    = 2 * time.Minute
	DefaultMaxSecrets = 50_000
)

func (o Options) withDefaults() Options {
	if o.Mode == "" {
		o.Mode = Metadata
	}
	if o.Timeout == 0 {
		o.Timeout = DefaultTimeout
	}
	if o.MaxSecrets == 0 {
		o.MaxSecrets = DefaultMaxSecrets
	}
	if o.KV.Now == nil {
		o.KV.Now = time.Now
	}
	return o
}

// New prepares a source. It sends nothing.
func New(options Options) (*Source, error) {
	options = options.withDefaults()
	if len(options.Paths) == 0 {
		return nil, errors.New("no path to search in Vault is given")
	}
	vault, err := client.New(options.KV)
	if err != nil {
		return nil, err
	}
	options.KV.Auth = client.Auth{} // the client has it; nobody shall print it
	s := &Source{options: options, client: vault}
	s.reader = s.published
	if options.Mode == Data {
		s.reader = s.whole
	}
	return s, nil
}
