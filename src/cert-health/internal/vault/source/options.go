// Package source reads references from the KV secrets engines of HashiCorp Vault.
//
// In mode Metadata it reads publications, with a token that may not read secrets. In mode Data it
// reads the secrets themselves.
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
	Metadata Mode = "metadata" // publications
	Data     Mode = "data"     // whole secrets, with private keys
)

// Options of one source. Client.Address and Paths are required.
type Options struct {
	Client client.Options `yaml:",inline"`
	Mode   Mode           `yaml:"mode"` // empty is Metadata

	// Paths are searched with everything below them. They include the mount
	// ("secret/cf"). A path may also be the path of a single secret.
	Paths []string `yaml:"paths"`

	// Deployment is the name of the deployment. If many secrets match, those whose paths
	// contain it are read first.
	Deployment string

	Timeout    time.Duration `yaml:"timeout"`     // of one Find, Read or History; 0 is DefaultTimeout
	MaxSecrets int           `yaml:"max_secrets"` // largest number of secrets in one Find; 0 is DefaultMaxSecrets
}

// The default limits.
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
	if o.Client.Now == nil {
		o.Client.Now = time.Now
	}
	return o
}

// New prepares a source. It sends nothing.
func New(options Options) (*Source, error) {
	options = options.withDefaults()
	if len(options.Paths) == 0 {
		return nil, errors.New("no path to search in Vault is set: set vault.paths")
	}
	vault, err := client.New(options.Client)
	if err != nil {
		return nil, err
	}
	options.Client.Auth = client.Auth{} // only the client needs it, and it must not be printed
	s := &Source{options: options, client: vault}
	s.reader = s.published
	if options.Mode == Data {
		s.reader = s.whole
	}
	return s, nil
}
