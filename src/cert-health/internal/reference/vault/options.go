// Package vault reads the reference from HashiCorp Vault's KV secrets engine,
// versions 1 and 2, through its HTTP API.
//
// Only public material leaves this package. An answer is parsed out of a buffer
// that is wiped afterwards, and the value of a private key's field is dropped
// unread. What the HTTP library buffered on the way is out of reach.
package vault

import (
	"time"
)

// Options of one Vault. Address and Paths are required.
type Options struct {
	Address   string
	Namespace string
	CACert    string // file with the CA certificates that vouch for Vault; empty: the system's

	// Paths are searched with everything below them, mount included
	// ("secret/cf"). A path may also be that of a single secret.
	Paths []string

	// KVVersion overrides what the mount says of itself; 0 asks the mount.
	KVVersion int
	// Mount overrides which part of the paths is the mount; used together
	// with KVVersion when the token may not ask.
	Mount string

	Auth Auth

	Concurrency int           // requests at once; 0 is DefaultConcurrency
	Timeout     time.Duration // of one Refresh in all; 0 is DefaultTimeout
	MaxSecrets  int           // read in one Refresh; 0 is DefaultMaxSecrets
	MaxRetries  int           // of one request that met 429, 412 or 5xx; 0 is DefaultMaxRetries

	Now func() time.Time // the clock; nil is time.Now
}

// Auth says how to log in. The first method with anything set is used.
type Auth struct {
	Token     string
	TokenFile string // read anew for every Refresh: another process keeps it fresh

	AppRole AppRole
	Cert    Cert
}

// AppRole logs in with a role's identifier and a secret.
type AppRole struct {
	Mount    string // of the auth method; empty is "approle"
	RoleID   string
	SecretID string
}

// Cert logs in with a TLS client certificate.
type Cert struct {
	Mount       string // of the auth method; empty is "cert"
	Role        string // empty lets Vault choose by the certificate
	Certificate string // file
	Key         string // file
}

// The limits when none are given.
const (
	DefaultConcurrency = 8
	DefaultTimeout     = 2 * time.Minute
	DefaultMaxSecrets  = 50_000
	DefaultMaxRetries  = 4
)

func (o Options) withDefaults() Options {
	if o.Concurrency == 0 {
		o.Concurrency = DefaultConcurrency
	}
	if o.Timeout == 0 {
		o.Timeout = DefaultTimeout
	}
	if o.MaxSecrets == 0 {
		o.MaxSecrets = DefaultMaxSecrets
	}
	if o.MaxRetries == 0 {
		o.MaxRetries = DefaultMaxRetries
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}
