// Package client speaks to the KV secrets engines of HashiCorp Vault, versions 1 and 2,
// through its HTTP API: it logs in and stays logged in, finds mounts, lists, reads
// the certificates of secrets and their public metadata, and says in one sentence
// what went wrong and what to do about it.
//
// Only public material leaves this package. A secret is parsed out of a buffer that
// is wiped afterwards, and the value of a private key's field is dropped unread. What
// the HTTP library buffered on the way is out of reach.
package client

import (
	"time"

	"cert-health/internal/secret"
)

// Options of one client. Address is required.
type Options struct {
	Address   string `yaml:"address"`
	Namespace string `yaml:"namespace"`
	CACert    string `yaml:"ca_cert"` // file with the CA certificates that vouch for Vault; empty: the system's

	// Version overrides what a mount says of itself; 0 asks the mount.
	Version int `yaml:"kv_version"`
	// Mount overrides which part of a path is the mount; used together with
	// Version when the token may not ask.
	Mount string `yaml:"mount"`

	Auth Auth `yaml:"auth"`

	Concurrency int           `yaml:"concurrency"` // requests at once; 0 is DefaultConcurrency
	Rate        float64       `yaml:"rate"`        // requests a second; 0 is as many as Vault answers
	MaxRetries  int           // of one request that met 429, 412 or 5xx; 0 is DefaultMaxRetries
	MaxWait     time.Duration // between two attempts, unless Vault asks for more; 0 is DefaultMaxWait

	Now func() time.Time // the clock; nil is time.Now
}

// Auth says how to log in. The first method with anything set is used.
type Auth struct {
	Token     secret.Value `yaml:"token"`
	TokenFile string       `yaml:"token_file"` // read anew for every Authenticate: another process keeps it fresh

	AppRole AppRole `yaml:"approle"`
	Cert    Cert    `yaml:"cert"`
	JWT     JWT     `yaml:"jwt"`
}

// AppRole logs in with a role's identifier and a secret.
type AppRole struct {
	Mount    string       `yaml:"mount"` // of the auth method; empty is "approle"
	RoleID   string       `yaml:"role_id"`
	SecretID secret.Value `yaml:"secret_id"`
	// SecretIDFile holds the secret id instead, or with Wrapped a token that
	// unwraps to it, once.
	SecretIDFile string `yaml:"secret_id_file"`
	Wrapped      bool   `yaml:"wrapped"`
}

// Cert logs in with a TLS client certificate.
type Cert struct {
	Mount       string `yaml:"mount"`       // of the auth method; empty is "cert"
	Role        string `yaml:"role"`        // empty lets Vault choose by the certificate
	Certificate string `yaml:"certificate"` // file
	Key         string `yaml:"private_key"` // file
}

// JWT logs in with a signed token that somebody else issues.
type JWT struct {
	Mount string `yaml:"mount"` // of the auth method; empty is "jwt"
	Role  string `yaml:"role"`  // empty is the method's default role
	File  string `yaml:"file"`  // read anew for every log-in
}

// The limits when none are given.
const (
	DefaultConcurrency = 8
	DefaultMaxRetries  = 4
	DefaultMaxWait     = 10 * time.Second
)

func (o Options) withDefaults() Options {
	if o.Concurrency <= 0 {
		o.Concurrency = DefaultConcurrency
	}
	if o.MaxRetries == 0 {
		o.MaxRetries = DefaultMaxRetries
	}
	if o.MaxWait == 0 {
		o.MaxWait = DefaultMaxWait
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}
