// Package discover replaces HashiCorp's go-discover, which asks clouds for the
// addresses of other Vault nodes. A devvault has no other nodes.
package discover

import (
	"errors"
	"log"
)

// Provider asks one cloud.
type Provider interface {
	Addrs(args map[string]string, l *log.Logger) ([]string, error)
	Help() string
}

// Providers is empty: devvault has no clouds.
var Providers = map[string]Provider{}

// Discover finds no addresses.
type Discover struct{}

// Option of New.
type Option func(*Discover) error

// WithProviders has no effect.
func WithProviders(map[string]Provider) Option { return nil }

// New returns a Discover that finds nothing.
func New(...Option) (*Discover, error) { return &Discover{}, nil }

// Addrs always fails.
func (*Discover) Addrs(string, *log.Logger) ([]string, error) {
	return nil, errors.New("auto-join is not part of devvault")
}
